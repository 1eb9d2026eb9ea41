import type { FileMetadata, StorageProvider } from '@org/storage-core';
import { type FleetLease, look, statIfThere } from '@org/storage-hybrid';
import { type BulkOptions, type BulkReport, bulkRun, type Done } from '../bulk-run.js';
import { filesIn } from '../journal/file-pages.js';
import { type FileRecord, RESOLVED } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { sharedSignal } from '../shared-signal.js';
import type { Archive } from './archive.js';
import { whileAllowed } from './authority.js';
import { giveBack, type Restoration } from './give-back.js';
import { stateOf } from './standing.js';

export interface RestoreFilesOptions extends BulkOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where `retireFiles` has put them. What is not there, or was deleted, is read from its copy in the target. */
  readonly archive?: Archive;
  /** Only keys that begin with this text. */
  readonly prefix?: string;
  /** Only files that this run has copied. */
  readonly run?: string;
  /** As for {@link retireFiles}. No process may read from the source meanwhile where the target does not answer. */
  readonly live?: boolean | Pick<FleetLease, 'check'>;
}

/**
 * `restored` · `changed` the source has another file under that key, which was left alone · `superseded` the application has written or
 * deleted it since: nothing was restored · `lost` it is nowhere.
 */
export type RestoreReport = BulkReport<Outcome>;

type Outcome = Restoration['outcome'];

const MESSAGES: Readonly<Record<Exclude<Outcome, 'restored'>, string>> = {
  changed: 'the source has another file under this key, which was left alone',
  superseded: 'the application has written or deleted it since: the target has the say',
  lost: 'neither store has it, nor the archive',
};

const SUPERSEDED = { outcome: 'superseded', message: MESSAGES.superseded } as const;

/** Puts retired files back into the source, which replaces nothing there. Their copies stay in the target. */
export async function restoreFiles(given: RestoreFilesOptions): Promise<RestoreReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { journal, run: copiedBy, prefix = '', live = false } = options;
  const check = typeof live === 'boolean' ? () => {} : () => live.check();
  return bulkRun<Outcome>(options, {
    kind: 'restore',
    outcomes: ['restored', 'changed', 'superseded', 'lost'],
    problems: ['changed', 'lost'],
    work: (run) =>
      run.each(
        (stop) => whileAllowed(check, retired(journal, prefix, copiedBy, stop)),
        async (file) => {
          check();
          // What lay beneath a file of the application's when it was retired stays in the archive.
          if (!RESOLVED.includes(file.state)) return SUPERSEDED;
          return options.dryRun ? wouldGiveBack(file, options) : restoreOne(file, options);
        },
      ),
  });
}

/** What the application has changed since stays retired, and is no one's problem. */
async function* retired(
  journal: Journal,
  prefix: string,
  run: string | undefined,
  stop: AbortSignal,
): AsyncGenerator<FileRecord> {
  const kind = { retirements: ['retired'], ...(run === undefined ? {} : { run }) } as const;
  for await (const file of filesIn(journal, kind, stop))
    if (file.key.startsWith(prefix)) yield file;
}

async function restoreOne(file: FileRecord, options: RestoreFilesOptions): Promise<Done<Outcome>> {
  const { source, target, journal, archive, signal } = options;
  const { key, targetEtag, archived, checksums, attempts } = file;
  if (targetEtag === undefined) return SUPERSEDED;
  const done = await giveBack(
    { key, targetEtag, archived, checksums },
    {
      ...{ source, target, archive, signal },
      onRestored: (restored: FileMetadata) => journal.recordSource(key, restored),
    },
  );
  // Only now: until here, a run after a kill goes through it once more.
  if (done.outcome === 'restored')
    return { outcome: 'restored', record: () => journal.recordRetirement(key, undefined) };
  if (done.outcome !== 'superseded')
    return { outcome: done.outcome, message: MESSAGES[done.outcome] };
  return {
    outcome: 'superseded',
    message: MESSAGES.superseded,
    async record() {
      const { by, retirement } = done;
      await journal.recordResult(key, { state: stateOf(by), attempts });
      if (retirement === undefined) return;
      const again = 'archived' in retirement ? retirement.archived : undefined;
      await journal.recordRetirement(key, retirement.outcome, again);
    },
  };
}

async function wouldGiveBack(
  { key, targetEtag }: FileRecord,
  { source, target, signal }: RestoreFilesOptions,
): Promise<Done<Outcome>> {
  const seen = await look(target, key, signal);
  const others =
    seen.type === 'tombstone' || (seen.type === 'file' && seen.file.etag !== targetEtag);
  if (others) return SUPERSEDED;
  const found = await statIfThere(source, key, signal);
  return found === undefined
    ? { outcome: 'restored' }
    : { outcome: 'changed', message: 'the source has a file under this key: it would be compared' };
}
