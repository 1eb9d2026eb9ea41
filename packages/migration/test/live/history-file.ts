import { openSync, readFileSync, writeSync } from 'node:fs';
import { isStorageError, type StorageErrorCode } from '@org/storage-core';
import type { Operation, OperationRecord, Result } from '@org/storage-testkit/simulator';

/** A listing of all keys with a prefix. */
export interface ListingRecord {
  readonly process: string;
  readonly prefix: string;
  readonly began: number;
  readonly ended: number;
  readonly keys: readonly string[];
}

/** An operation or a listing that has failed. */
export interface FailureRecord {
  readonly process: string;
  readonly kind: Operation['kind'] | 'list';
  /** The operation's key, or the listing's prefix. */
  readonly about: string;
  readonly began: number;
  readonly failed: number;
  /** Of a `StorageError`. */
  readonly code: StorageErrorCode | undefined;
  readonly error: string;
}

type Line =
  | { readonly id: number; readonly began: number; readonly operation: Operation }
  | { readonly id: number; readonly began: number; readonly prefix: string }
  | { readonly id: number; readonly ended: number; readonly result?: Result }
  | { readonly id: number; readonly ended: number; readonly keys: readonly string[] }
  | {
      readonly id: number;
      readonly failed: number;
      readonly code?: StorageErrorCode;
      readonly error: string;
    };

/**
 * Nanoseconds by CLOCK_MONOTONIC, which all processes of one Linux host share: what began in one of them after something had ended
 * in another has the greater time.
 */
export function now(): number {
  return Number(process.hrtime.bigint()); // exact for 104 days after the host's start
}

/** Records what clients see in a file, before and after each operation, so that it is there when the process is killed. */
export class HistoryFile {
  readonly #descriptor: number;
  #last = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a');
  }

  /** Runs an operation. One that fails may have happened, or may still happen at any later time. @throws what `act` throws. */
  async record<T extends Result>(operation: Operation, act: () => Promise<T>): Promise<T> {
    const id = ++this.#last;
    this.#write({ id, began: now(), operation });
    const result = await this.#failing(id, act);
    this.#write({ id, ended: now(), result });
    return result;
  }

  /** @throws what `list` throws. */
  async recordListing(prefix: string, list: () => Promise<readonly string[]>): Promise<void> {
    const id = ++this.#last;
    this.#write({ id, began: now(), prefix });
    const keys = await this.#failing(id, list);
    this.#write({ id, ended: now(), keys });
  }

  async #failing<T>(id: number, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const code = isStorageError(error) ? { code: error.code } : {};
      this.#write({ id, failed: now(), ...code, error: String(error) });
      throw error;
    }
  }

  #write(line: Line): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }
}

export interface RecordedHistory {
  readonly operations: readonly OperationRecord[];
  /** Only those that came to their end. */
  readonly listings: readonly ListingRecord[];
  readonly failures: readonly FailureRecord[];
}

/** @param process whose file it is. */
export function readHistory(path: string, process: string): RecordedHistory {
  const operations = new Map<number, OperationRecord>();
  const listings = new Map<number, ListingRecord>();
  const failures: FailureRecord[] = [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  for (const line of whole.map((text): Line => JSON.parse(text))) {
    const { id } = line;
    const operation = operations.get(id);
    const listing = listings.get(id);
    if ('operation' in line) {
      const open = { ended: Number.POSITIVE_INFINITY, result: undefined, error: undefined };
      operations.set(id, { process, operation: line.operation, began: line.began, ...open });
    } else if ('prefix' in line) {
      const { prefix, began } = line;
      listings.set(id, { process, prefix, began, ended: Number.POSITIVE_INFINITY, keys: [] });
    } else if ('keys' in line) {
      if (listing !== undefined)
        listings.set(id, { ...listing, ended: line.ended, keys: line.keys });
    } else if ('error' in line) {
      const { failed, code, error } = line;
      const { began } = operation ?? listing ?? { began: failed };
      const kind = operation?.operation.kind ?? 'list';
      const about = operation?.operation.key ?? listing?.prefix ?? '';
      failures.push({ process, kind, about, began, failed, code, error });
      if (operation !== undefined) operations.set(id, { ...operation, error });
    } else if (operation !== undefined) {
      operations.set(id, { ...operation, ended: line.ended, result: line.result });
    }
  }
  return {
    operations: [...operations.values()],
    listings: [...listings.values()].filter(({ ended }) => ended !== Number.POSITIVE_INFINITY),
    failures,
  };
}
