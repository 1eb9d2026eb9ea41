import { isStorageError, type ListedFile, type StorageProvider } from '@org/storage-core';
import { forEach } from '../worker-pool.js';
import type { CostCounter } from './cost.js';
import type { PlanEvent } from './event.js';
import { checkFile, type FileLimits } from './file-checks.js';
import type { InventoryCounter } from './inventory.js';
import type { KeyCollisions } from './key-collisions.js';
import type { ProblemCounter } from './problem.js';
import type { Sample } from './sample.js';

/** Files between two events. */
const TOLD_EVERY = 500;

/** What a listing is looked through for. */
interface WalkOptions {
  readonly source: StorageProvider;
  readonly inventory: InventoryCounter;
  readonly problems: ProblemCounter;
  readonly sample: Sample;
  readonly cost?: CostCounter | undefined;
  readonly collisions?: KeyCollisions | undefined;
  readonly limits: FileLimits;
  /** Milliseconds since 1970 of the source's clock, at any time. */
  readonly now: () => number;
  /** Whether each file is opened, to know that it can be. */
  readonly open: boolean;
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (event: PlanEvent) => void;
}

/** Goes through the source once. */
export async function walkSource(options: WalkOptions): Promise<void> {
  const { open, concurrency } = options;
  const files = counted(options);
  if (open) await forEach(files, concurrency, (file) => checkOpens(file, options));
  else for await (const _ of files);
}

/** The files, after they were counted, in the order of the listing. */
async function* counted(options: WalkOptions): AsyncGenerator<ListedFile> {
  const { source, inventory, problems, sample, cost, collisions, limits } = options;
  const { now, signal, onEvent } = options;
  const onSkip: Parameters<typeof source.list>[0] = {
    signal,
    onSkip: ({ reason, path, detail }) => problems.add({ kind: reason, path, detail }),
  };
  for await (const entry of source.list(onSkip)) {
    if (entry.type !== 'file') continue;
    const time = now();
    inventory.add(entry, time);
    for (const problem of checkFile(entry, limits, time)) problems.add(problem);
    sample.offer(entry);
    cost?.add(entry.size);
    collisions?.add(entry.key);
    if (inventory.seen.files % TOLD_EVERY === 0)
      onEvent({ type: 'scanning', seen: inventory.seen });
    yield entry;
  }
  onEvent({ type: 'scanning', seen: inventory.seen });
  if (collisions === undefined) return;
  for await (const problem of collisions.find(signal)) problems.add(problem);
}

async function checkOpens({ key }: ListedFile, options: WalkOptions): Promise<void> {
  const { source, problems, signal } = options;
  try {
    await source.stat(key, { signal });
  } catch (error) {
    if (!isStorageError(error) || signal?.aborted) throw error;
    if (error.code === 'NotFound') return; // gone since
    problems.add({ kind: 'unreadable-file', path: key, detail: error.message });
  }
}
