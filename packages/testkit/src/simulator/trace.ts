import { isStorageError } from '@org/storage-core';

/** What is told only if somebody asks. */
export type Lazy = string | (() => string);

interface Entry {
  readonly process: string;
  readonly task: string | undefined;
  readonly label: Lazy;
  readonly outcome: unknown;
}

/** What happened, one line for each step. The lines are made when they are read. */
export class Trace {
  readonly #entries: Entry[] = [];

  add(process: string, task: string | undefined, label: Lazy, outcome: unknown): void {
    this.#entries.push({ process, task, label, outcome });
  }

  lines(): string[] {
    return this.#entries.map(({ process, task, label, outcome }) => {
      const by = task === undefined ? '' : `${task} › `;
      return `${process}: ${by}${textOf(label)}${describe(outcome)}`;
    });
  }
}

/** Of a step that is not told what came of it. */
export const UNTOLD = Symbol('untold');

function describe(outcome: unknown): string {
  return outcome === UNTOLD ? '' : ` → ${shown(outcome)}`;
}

function shown(outcome: unknown): string {
  if (outcome === undefined) return 'ok';
  if (isStorageError(outcome)) return outcome.code;
  if (outcome instanceof Error) return `${outcome.name}: ${outcome.message}`;
  if (typeof outcome === 'string') return JSON.stringify(shorten(outcome));
  if (typeof outcome !== 'object' || outcome === null) return String(outcome);
  if ('told' in outcome && typeof outcome.told === 'string') return outcome.told;
  if ('content' in outcome) return shown(outcome.content); // of a file
  if ('etag' in outcome) return `ok, ETag ${String(outcome.etag)}`; // of its metadata
  return 'ok';
}

export function textOf(text: Lazy): string {
  return typeof text === 'string' ? text : text();
}

/** Text for a line. */
export function shorten(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 23)}…`;
}
