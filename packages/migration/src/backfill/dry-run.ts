import {
  compareKeys,
  type ListEntry,
  type ListedFile,
  type SkippedEntry,
  type SkipReason,
  type StorageProvider,
} from '@org/storage-core';
import type { EventListener } from '../event.js';
import type { Count } from '../journal/journal.js';
import { type Selection, selects } from './selection.js';

export interface DryRunOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Which files would be copied. Default: all. */
  readonly select?: Selection | undefined;
  /** When it fires, the report is of what was seen by then. */
  readonly stop?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener | undefined;
}

/**
 * What a migration would do with a file: `copy` it, since the target has nothing under its key · `compare` it with a file of the same
 * size there, which most often is a copy of it · `leave` it, since the target has a file of another size.
 */
export type Intention = 'copy' | 'compare' | 'leave';

export interface DryRunReport extends Readonly<Record<Intention, Count>> {
  readonly outcome: 'complete' | 'interrupted';
  readonly notSelected: Count;
  /** Things in the source that are no files with a key, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Milliseconds. */
  readonly duration: number;
}

/** Files between two events about how many were seen. */
const PAGE = 500;

/**
 * Tells what a migration would do, by the listings of both stores. Nothing is written, to neither of them, and no journal is needed: a
 * journal can't say more, since what it holds to be copied is in the target.
 * @throws what keeps a listing from being made.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunReport> {
  const { source, target, stop, signal, onEvent = () => {} } = options;
  const begun = performance.now();
  const selected = selects(options.select);
  const health = await target.checkHealth({ signal });
  if (health.error !== undefined) throw health.error;
  const skipped: Partial<Record<SkipReason, number>> = {};
  const onSkip = (entry: SkippedEntry) => {
    skipped[entry.reason] = (skipped[entry.reason] ?? 0) + 1;
    onEvent({ type: 'skipped', entry });
  };
  const seen = new Tally();
  const notSelected = new Tally();
  const counts = { copy: new Tally(), compare: new Tally(), leave: new Tally() };
  const listed = { source: source.list({ signal, onSkip }), target: target.list({ signal }) };
  for await (const [file, held] of beside(listed)) {
    if (stop?.aborted) break;
    seen.add(file);
    if (seen.files % PAGE === 0) onEvent({ type: 'scanning', seen: seen.count });
    const { key, size, lastModified: modified } = file;
    if (selected?.({ key, size, modified }) === false) notSelected.add(file);
    else {
      const intention = held === undefined ? 'copy' : held.size === size ? 'compare' : 'leave';
      counts[intention].add(file);
      onEvent({ type: 'intention', key, size, intention });
    }
  }
  onEvent({ type: 'scanning', seen: seen.count });
  return {
    outcome: stop?.aborted ? 'interrupted' : 'complete',
    copy: counts.copy.count,
    compare: counts.compare.count,
    leave: counts.leave.count,
    notSelected: notSelected.count,
    skipped,
    duration: performance.now() - begun,
  };
}

class Tally {
  files = 0;
  #bytes = 0;

  add({ size }: ListedFile): void {
    this.files++;
    this.#bytes += size;
  }

  get count(): Count {
    return { files: this.files, bytes: this.#bytes };
  }
}

/** Each file of the source, and what the target has under its key. Both listings are in the order of keys. */
async function* beside(listed: {
  readonly source: AsyncIterable<ListEntry>;
  readonly target: AsyncIterable<ListEntry>;
}): AsyncGenerator<readonly [file: ListedFile, held: ListedFile | undefined]> {
  const there = files(listed.target);
  try {
    let next = await there.next();
    for await (const file of files(listed.source)) {
      while (!next.done && compareKeys(next.value.key, file.key) < 0) next = await there.next();
      yield [file, next.done || next.value.key !== file.key ? undefined : next.value];
    }
  } finally {
    await there.return();
  }
}

async function* files(entries: AsyncIterable<ListEntry>): AsyncGenerator<ListedFile, void> {
  for await (const entry of entries) if (entry.type === 'file') yield entry;
}
