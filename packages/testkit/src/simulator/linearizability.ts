import type { Operation, OperationRecord, Result } from './history.js';

/** Sets of records are bits of one number, beside the number of a content. */
const MAX_RECORDS = 30;

/**
 * Whether there is an order of the operations on one key in which each gives what its client saw, and which keeps the order
 * of those that did not overlap: the search of Wing and Gong (https://doi.org/10.1006/jpdc.1993.1015), with the
 * memory of Lowe (https://doi.org/10.1002/cpe.3928). Operations without an answer may be anywhere after their begin, or
 * nowhere.
 * @param initial the content before; `undefined`: there was no file.
 * @throws RangeError for more than 30 operations.
 */
export function linearize(
  initial: string | undefined,
  records: readonly OperationRecord[],
): boolean {
  const relevant = records.filter(matters);
  if (relevant.length > MAX_RECORDS) {
    throw new RangeError(
      `${relevant.length} operations on a key; ${MAX_RECORDS} can be put in order`,
    );
  }
  return new Search(relevant).from(0, initial);
}

/** The records in the order of their beginnings, as text. */
export function explain(
  key: string,
  initial: string | undefined,
  records: readonly OperationRecord[],
): string {
  const lines = [...records]
    .filter(({ began }) => began !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a.began - b.began)
    .map((record) => `  ${record.began}–${until(record)} ${record.process}: ${told(record)}`);
  return [
    `not linearizable: no order of these operations on ${key} explains what the clients saw`,
    `  at first: ${content(initial)}`,
    ...lines,
  ].join('\n');
}

class Search {
  readonly #records: readonly OperationRecord[];
  readonly #contents: (string | undefined)[] = [];
  /** Sets of records that are done, with the content then, from where the rest can't be done. */
  readonly #dead = new Set<number>();

  constructor(records: readonly OperationRecord[]) {
    this.#records = records;
  }

  from(done: number, current: string | undefined): boolean {
    const records = this.#records;
    let earliestEnd = Number.POSITIVE_INFINITY;
    for (let i = 0; i < records.length; i++) {
      const record = records[i];
      if (record !== undefined && (done & (1 << i)) === 0 && record.ended < earliestEnd)
        earliestEnd = record.ended;
    }
    if (earliestEnd === Number.POSITIVE_INFINITY) return true; // none is left that has an answer
    const state = this.#numberOf(current) * 2 ** MAX_RECORDS + done;
    if (this.#dead.has(state)) return false;
    for (let i = 0; i < records.length; i++) {
      const record = records[i];
      if (record === undefined || (done & (1 << i)) !== 0 || record.began > earliestEnd) continue;
      if (!answers(record, current)) continue;
      if (this.from(done | (1 << i), after(record.operation, current))) return true;
    }
    this.#dead.add(state);
    return false;
  }

  #numberOf(value: string | undefined): number {
    const known = this.#contents.indexOf(value);
    return known >= 0 ? known : this.#contents.push(value) - 1;
  }
}

/** What never began did nothing, and what a reader would have seen that got no answer tells nothing. */
function matters({ began, ended, operation }: OperationRecord): boolean {
  if (began === Number.POSITIVE_INFINITY) return false;
  return !isLook(operation) || ended !== Number.POSITIVE_INFINITY;
}

function isLook({ kind }: Operation): boolean {
  return kind === 'read' || kind === 'exists';
}

function answers({ operation, ended, result }: OperationRecord, current: Result): boolean {
  if (ended === Number.POSITIVE_INFINITY) return true;
  if (operation.kind === 'read') return result === current;
  if (operation.kind === 'exists') return result === (current !== undefined);
  const held = holds(operation, current);
  return held === undefined || held === result;
}

/** Whether the condition of an operation holds, if it has one. */
function holds(operation: Operation, current: Result): boolean | undefined {
  if (operation.kind === 'create') return current === undefined;
  if (operation.kind === 'update' || operation.kind === 'remove') return current === operation.from;
  return undefined;
}

function after(operation: Operation, current: string | undefined): string | undefined {
  if (isLook(operation) || holds(operation, current) === false) return current;
  return 'value' in operation ? operation.value : undefined;
}

function until({ ended }: OperationRecord): string {
  return ended === Number.POSITIVE_INFINITY ? '…' : String(ended);
}

function told({ operation, ended, result, error }: OperationRecord): string {
  const what = [
    operation.kind,
    ...('from' in operation ? [content(operation.from)] : []),
    ...('value' in operation ? ['→', content(operation.value)] : []),
  ].join(' ');
  if (error !== undefined) return `${what}: ${error instanceof Error ? error.message : error}`;
  if (ended === Number.POSITIVE_INFINITY) return `${what}: no answer`;
  if (operation.kind === 'read') return `${what}: ${content(result)}`;
  return result === undefined ? `${what}: done` : `${what}: ${result}`;
}

function content(value: Result): string {
  return value === undefined ? 'no file' : JSON.stringify(value);
}
