import { StorageError, type StorageProvider } from '@org/storage-core';
import { type Look, look, statIfThere } from '@org/storage-hybrid';
import { type BulkOptions, type BulkReport, bulkRun, type Done } from '../bulk-run.js';
import type { DiskJournals } from '../journal/disk-journals.js';
import { filesIn } from '../journal/file-pages.js';
import type { FileRecord } from '../journal/file-record.js';
import type { Disk } from '../journal/journal.js';
import { sharedSignal } from '../shared-signal.js';
import { type Wait, wait as waitByTimer } from '../wait.js';
import type { Archive } from './archive.js';
import { authorityOf, type HeldLease, whileAllowed } from './authority.js';
import { requireConditionalDelete } from './conditional-delete.js';
import { requireNoOtherHost } from './other-disks.js';
import { bringBack, type Copied, dropBeneath, isCopy, takeBack } from './revert.js';
import { stateOf } from './standing.js';

interface Given extends BulkOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where `retireFiles` has put the source's files. What is not there is read from its copy. */
  readonly archive?: Archive;
  /** Id of the run whose copies are taken back. */
  readonly run: string;
  /**
   * Milliseconds between the two halves: the longest that any request of the application may take. Default 900,000: 15 minutes,
   * as for the fleet. Not waited for where the application is stopped.
   */
  readonly drain?: number;
  /** Default by a timer. */
  readonly wait?: Wait;
  /** Where the source is a disk that only this host sees: those of the other hosts, which must not go by its copies. */
  readonly disks?: DiskJournals | undefined;
}

/** All processes of the application are in the mode `prepare`. */
interface HandedBack {
  /**
   * The lease of `requireStages({ allowed: ['prepare'], stage: 'source' })`: held in the stage `source`, it keeps every process from
   * going on to `hybrid`. `true`: the caller vouches for it.
   */
  readonly handedBack: true | HeldLease;
  readonly applicationStopped?: false;
}

interface Stopped {
  /** No process of the application runs, and none is started before the run has ended. */
  readonly applicationStopped: true;
}

export type RevertRunOptions = Given & (HandedBack | Stopped);

/** `reverted` the source has the file, and the target nothing · `superseded` the application has written or deleted it since. */
export type RevertReport = BulkReport<Outcome>;

type Outcome = 'reverted' | 'superseded';

const SUPERSEDED = 'the application has written or deleted it since: that stays';

const ALTERNATIVE =
  'Stop the application for as long as the reversion takes, or leave the copies: they are no harm';

/**
 * Takes back what a run has copied, the newest files first. First the source gets all files again, then, when every request that
 * may have missed them has ended, the copies are deleted that are still what the run has made of them.
 *
 * Killed or stopped, it is run again from its start, which is repeated at little cost.
 * @throws StorageError `InvalidArgument` for a run that is unknown; `Unsupported` for a target without conditional deletes of its own,
 * while an application runs, and for a disk that only this host sees, while an application runs or another disk goes by its copies.
 */
export async function revertRun(given: RevertRunOptions): Promise<RevertReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { journal, target, drain = 900_000, wait = waitByTimer, dryRun = false } = options;
  const stopped = options.applicationStopped === true;
  const check = options.applicationStopped ? () => {} : authorityOf(options.handedBack, 'source');
  await requireRun(options);
  await requireNoOtherHost(journal, stopped, options.disks);
  const { disk } = journal.endpoints;
  await target.probe?.({ signal });
  if (!stopped) requireConditionalDelete(target, ALTERNATIVE);
  return bulkRun<Outcome>(options, {
    kind: 'revert',
    outcomes: ['reverted', 'superseded'],
    problems: [],
    async work(run) {
      const copies = (stop: AbortSignal) => {
        const kind = { run: options.run, states: ['copied'], order: 'newest' } as const;
        return whileAllowed(check, filesIn(journal, kind, stop));
      };
      if (dryRun) return run.each(copies, (file) => wouldTakeBack(file, options));
      await run.each(copies, async (file) => {
        check();
        const brought = await bringBack(file.key, copyOf(file, disk), options);
        return brought ? undefined : settle(file, options);
      });
      const rest = signal === undefined ? run.stop : AbortSignal.any([run.stop, signal]);
      if (!stopped) await wait(drain, rest);
      if (rest.aborted) return;
      check();
      await run.each(copies, async (file) => {
        check();
        if (await wasNotBrought(file, options)) return undefined; // which the first half has told of
        const outcome = await takeBack(file.key, copyOf(file, disk), options);
        if (outcome === 'reverted') return reverted(file, options);
        const seen = await look(target, file.key, signal);
        return seen.type === 'absent'
          ? reverted(file, options)
          : superseded(file, seen, true, options);
      });
    },
  });
}

async function requireRun({ journal, run }: RevertRunOptions): Promise<void> {
  const runs = await journal.runs();
  if (runs.some(({ id, kind }) => id === run && kind === 'migrate')) return;
  const [last] = runs.filter(({ kind }) => kind === 'migrate');
  const hint = last === undefined ? 'there is none' : `the last one is ${last.id}`;
  throw new StorageError(
    'InvalidArgument',
    `the journal has no run ${run} that copied files: ${hint}`,
  );
}

function copyOf({ key, targetEtag, archived }: FileRecord, disk: Disk | undefined): Copied {
  if (targetEtag === undefined)
    throw new StorageError('InvalidArgument', `the journal has no ETag of the copy of ${key}`);
  return { targetEtag, archived, disk: disk?.name };
}

async function wasNotBrought(
  file: FileRecord,
  { source, target, journal, signal }: RevertRunOptions,
): Promise<boolean> {
  if (await source.exists(file.key, { signal })) return false;
  return isCopy(await look(target, file.key, signal), copyOf(file, journal.endpoints.disk));
}

/**
 * A file of which the copy is not there any more: taken back before, or replaced by the application. Then a file that a run which
 * was killed has given the source goes again.
 */
async function settle(file: FileRecord, options: RevertRunOptions): Promise<Done<Outcome>> {
  const { source, target, journal, signal } = options;
  const { key } = file;
  const beneath = await statIfThere(source, key, signal);
  const seen = await look(target, key, signal);
  if (seen.type === 'absent') return reverted(file, options);
  if (isCopy(seen, copyOf(file, journal.endpoints.disk)))
    throw new StorageError('Conflict', `${key} came and went in the target`);
  if (beneath !== undefined) await dropBeneath(beneath, seen, source, signal);
  return superseded(file, seen, beneath !== undefined, options);
}

/** @param dropped Whether what was in the archive has been given to the source, and was dropped there. */
function superseded(
  { key, attempts }: FileRecord,
  seen: Exclude<Look, { type: 'absent' }>,
  dropped: boolean,
  { journal }: RevertRunOptions,
): Done<Outcome> {
  return {
    outcome: 'superseded',
    message: SUPERSEDED,
    async record() {
      await journal.recordResult(key, { state: stateOf(seen), attempts });
      if (dropped) await journal.recordRetirement(key, 'gone');
    },
  };
}

function reverted({ key }: FileRecord, { journal }: RevertRunOptions): Done<Outcome> {
  return {
    outcome: 'reverted',
    record: () => journal.recordResult(key, { state: 'pending', attempts: 0 }),
  };
}

async function wouldTakeBack(file: FileRecord, options: RevertRunOptions): Promise<Done<Outcome>> {
  const { disk } = options.journal.endpoints;
  const seen = await look(options.target, file.key, options.signal);
  const replaced = seen.type !== 'absent' && !isCopy(seen, copyOf(file, disk));
  return replaced ? { outcome: 'superseded', message: SUPERSEDED } : { outcome: 'reverted' };
}
