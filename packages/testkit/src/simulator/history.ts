import { explain, linearize } from './linearizability.js';
import type { SimulatedProcess } from './process.js';

/** What a client asked for. Contents are what files hold; `undefined` is that there is no file. */
export type Operation =
  | { readonly kind: 'read'; readonly key: string }
  /** Gives whether there is a file: a look, or an entry of a listing. */
  | { readonly kind: 'exists'; readonly key: string }
  | { readonly kind: 'write'; readonly key: string; readonly value: string }
  | { readonly kind: 'delete'; readonly key: string }
  /** Only if there is no file; gives whether it did. */
  | { readonly kind: 'create'; readonly key: string; readonly value: string }
  /** Only if the content is `from`; gives whether it did. */
  | {
      readonly kind: 'update';
      readonly key: string;
      readonly from: string;
      readonly value: string;
    }
  /** A delete, only if the content is `from`; gives whether it did. */
  | { readonly kind: 'remove'; readonly key: string; readonly from: string };

/** What a read found, whether a condition held, or nothing. */
export type Result = string | boolean | undefined;

/** An operation of a client, from its call to its answer, in logical time. */
export interface OperationRecord {
  readonly process: string;
  readonly operation: Operation;
  /** `Infinity` while it has not begun to act on anything. */
  readonly began: number;
  /** `Infinity` without an answer: it may take effect at any later time, or never. */
  readonly ended: number;
  readonly result: Result;
  readonly error: unknown;
}

class OpenRecord implements OperationRecord {
  readonly process: string;
  readonly operation: Operation;
  began = Number.POSITIVE_INFINITY;
  ended = Number.POSITIVE_INFINITY;
  result: Result = undefined;
  error: unknown = undefined;
  readonly #process: SimulatedProcess;

  constructor(process: SimulatedProcess, operation: Operation) {
    this.#process = process;
    this.process = process.name;
    this.operation = operation;
  }

  begin(): void {
    if (this.began === Number.POSITIVE_INFINITY) this.began = this.#process.simulation.tick();
  }

  end(result: Result): void {
    if (!this.#process.alive) return;
    this.begin();
    this.ended = this.#process.simulation.tick();
    this.result = result;
  }
}

/** What the clients of a simulation saw. */
export class History {
  readonly #records: OpenRecord[] = [];

  get records(): readonly OperationRecord[] {
    return this.#records;
  }

  /**
   * A client calls. The operation begins when its task makes its next step: as late as it may have been called. One task
   * has one operation at a time.
   */
  begin(process: SimulatedProcess, operation: Operation): OperationRecord {
    const record = new OpenRecord(process, operation);
    this.#records.push(record);
    process.simulation.atNextStep(process, () => record.begin());
    return record;
  }

  /** The client has the answer. */
  end(record: OperationRecord, result?: Result): void {
    (record as OpenRecord).end(result); // made by `begin`
  }

  /** The client got an error, which does not tell whether there was an effect or will be one. */
  fail(record: OperationRecord, error: unknown): void {
    (record as OpenRecord).error = error; // made by `begin`
  }

  /**
   * Runs an operation and records it.
   * @throws what `act` throws.
   */
  async record<T extends Result>(
    process: SimulatedProcess,
    operation: Operation,
    act: () => Promise<T>,
  ): Promise<T> {
    const record = this.begin(process, operation);
    try {
      const result = await act();
      this.end(record, result);
      return result;
    } catch (error) {
      this.fail(record, error);
      throw error;
    }
  }

  /**
   * Checks each key by itself.
   * @param initial contents by key. Default: there was no file.
   * @throws Error if no order of the operations explains what a client saw, with the records of that key.
   */
  check(initial: Readonly<Record<string, string>> = {}): void {
    const byKey = new Map<string, OperationRecord[]>();
    for (const record of this.#records) {
      const { key } = record.operation;
      const records = byKey.get(key);
      if (records === undefined) byKey.set(key, [record]);
      else records.push(record);
    }
    for (const [key, records] of byKey) {
      if (!linearize(initial[key], records)) throw new Error(explain(key, initial[key], records));
    }
  }
}
