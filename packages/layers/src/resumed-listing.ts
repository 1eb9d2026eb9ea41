import type { ListEntry, ListOptions, SkippedEntry } from '@org/storage-core';
import type { Attempts } from './attempts.js';
import { mayPass } from './repeatable-error.js';

/**
 * A listing that goes on after its last entry when it fails, so that no entry is in it twice. Attempts count from the last
 * entry on: a listing of any length may fail now and then.
 */
export async function* resumed(
  list: (options: ListOptions | undefined) => AsyncIterable<ListEntry>,
  options: ListOptions | undefined,
  attempts: Attempts,
): AsyncGenerator<ListEntry, void, undefined> {
  const skips = new SkipsOnce(options?.onSkip);
  let rest = skips.instead(options);
  for (;;) {
    try {
      for await (const entry of list(rest)) {
        const startAfter = entry.type === 'file' ? entry.key : entry.prefix;
        rest = { ...rest, startAfter };
        attempts.reset();
        skips.passed();
        yield entry;
      }
      return;
    } catch (error) {
      await attempts.after(error, mayPass);
    }
  }
}

/** Tells of what is skipped between two entries once, also when the listing passes there again. */
class SkipsOnce {
  readonly #tell: ((skipped: SkippedEntry) => void) | undefined;
  readonly #told = new Set<string>();

  constructor(tell: ListOptions['onSkip']) {
    this.#tell = tell;
  }

  instead(options: ListOptions | undefined): ListOptions | undefined {
    if (typeof this.#tell !== 'function') return options; // what is no function is for the provider to refuse
    return { ...options, onSkip: (skipped) => this.#once(skipped) };
  }

  passed(): void {
    this.#told.clear();
  }

  #once(skipped: SkippedEntry): void {
    if (this.#told.has(skipped.path)) return;
    this.#told.add(skipped.path);
    this.#tell?.(skipped);
  }
}
