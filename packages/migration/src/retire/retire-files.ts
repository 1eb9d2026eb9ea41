import { StorageError, type StorageProvider } from '@org/storage-core';
import { type FleetLease, look } from '@org/storage-hybrid';
import { type BulkOptions, type BulkReport, bulkRun, type Done } from '../bulk-run.js';
import { filesIn } from '../journal/file-pages.js';
import {
  type FileRecord,
  type FileState,
  RESOLVED,
  type RetirementOutcome,
  type VerifiedBy,
} from '../journal/file-record.js';
import { sharedSignal } from '../shared-signal.js';
import type { ArchivedFile, ListedArchive } from './archive.js';
import { whileAllowed } from './authority.js';
import { Manifest } from './manifest.js';
import { findArchived } from './recognise.js';
import { retire } from './retire.js';

export interface RetireFilesOptions extends BulkOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where the source's files are put aside; `delete` removes them for good. */
  readonly archive: ListedArchive | 'delete';
  /**
   * Path of a file to which a line of JSON is added for each file that goes into the archive: `key`, `size` (bytes), `etag`,
   * `checksums`, `id` (in the archive) and `time`. After a crash a line may be there twice, with the same `id`, or cut off.
   */
  readonly manifest?: string;
  /** What has to have vouched for a file's copy: `content` that its bytes were read back. Default `checksum`. */
  readonly verifiedBy?: VerifiedBy;
  /**
   * Whether an application works on both stores meanwhile, in all its processes through a `HybridStorageProvider` in the stage
   * `settled`: its lease, or `true` if the caller vouches for it. Default `false`: nothing works on them.
   */
  readonly live?: boolean | Pick<FleetLease, 'check'>;
}

/**
 * What became of a file: see {@link RetirementOutcome}; `unverified` stays, since nothing has vouched for its copy. The run is
 * incomplete while there are files that are `unverified`, `changed` or `needed`.
 */
export type RetireReport = BulkReport<RetirementOutcome | 'unverified'>;

type Outcome = RetirementOutcome | 'unverified';

/** States in which the target has the say over a key. What the application has replaced may have left its file behind. */
const SETTLED: readonly FileState[] = [...RESOLVED, 'superseded', 'deleted'];

const MESSAGES: Readonly<Partial<Record<Outcome, string>>> = {
  unverified: 'its copy has not been verified: run a verification first',
  changed: 'something has written to it, past the application, since it was copied',
  needed: 'the target has nothing under this key, so that this is the only copy',
};

/**
 * Takes the files out of the source that the target has, and holds whole: a file whose copy was verified, and what lies beneath
 * a file that the application has replaced or deleted since. What was changed since it was copied stays, and so does what the target
 * lacks at that moment.
 *
 * A file goes into the archive before the manifest and the journal say so. A run after one that was not complete first looks
 * through the archive for what was not written down.
 */
export async function retireFiles(given: RetireFilesOptions): Promise<RetireReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { journal, source, archive, dryRun = false } = options;
  if (archive === 'delete' && !dryRun) await requireDeletes(source, signal);
  const manifest =
    options.manifest === undefined || archive === 'delete' || dryRun
      ? undefined
      : await Manifest.open(options.manifest);
  const check = checkOf(options.live);
  try {
    return await bulkRun<Outcome>(options, {
      kind: 'retire',
      outcomes: ['retired', 'gone', 'changed', 'needed', 'unverified'],
      problems: ['changed', 'needed', 'unverified'],
      async work(run) {
        if (archive !== 'delete' && run.id !== undefined)
          await findArchived(run, { ...options, archive, manifest });
        await run.each(
          (stop) =>
            whileAllowed(check, filesIn(journal, { states: SETTLED, retirements: OPEN }, stop)),
          (file, attempt) => retireOne(file, attempt, options, manifest, check),
        );
      },
    });
  } finally {
    await manifest?.close();
  }
}

/**
 * A file is deleted only if it is the one that was copied.
 * @throws StorageError `Unsupported`.
 */
async function requireDeletes(
  source: StorageProvider,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (source.capabilities.conditionalDelete === 'absent') await source.probe?.({ signal });
  if (source.capabilities.conditionalDelete !== 'absent') return;
  throw new StorageError(
    'Unsupported',
    `${source.name} can’t delete a file only if it is still the one that was copied, so that one that came meanwhile would go with it: delete the files by other means once nothing works on them`,
  );
}

/** What is `gone` is looked for again: it may have been put back by hand. */
const OPEN = ['none', 'gone', 'changed', 'needed'] as const;

function checkOf(live: RetireFilesOptions['live'] = false): () => void {
  return typeof live === 'boolean' ? () => {} : () => live.check();
}

async function retireOne(
  file: FileRecord,
  attempt: number,
  options: RetireFilesOptions,
  manifest: Manifest | undefined,
  check: () => void,
): Promise<Done<Outcome>> {
  const { source, target, journal, archive, dryRun = false, signal } = options;
  const { key, sourceEtag: copied } = file;
  if (RESOLVED.includes(file.state) && !isVerified(file, options.verifiedBy))
    return { outcome: 'unverified', message: MESSAGES.unverified };
  check();
  const place = dryRun ? PRETENDED : archive === 'delete' ? undefined : archive;
  const retired = await retire(key, { source, target, copied, archive: place, signal });
  const archived = 'archived' in retired ? retired.archived : undefined;
  if (retired.outcome === 'gone' && attempt > 1 && archive !== 'delete') {
    const message =
      'it may be in the archive, although that reported a failure: the next run looks for it';
    throw new StorageError('Conflict', message, { retryable: false });
  }
  const before = retired.outcome === 'gone' && (await wasRetired(file, options));
  const outcome = before ? 'retired' : retired.outcome;
  return {
    outcome,
    message: MESSAGES[outcome],
    async record() {
      if (archived !== undefined)
        await manifest?.add({
          ...{ id: archived, trashedAt: new Date() },
          file: { key, size: file.size, etag: copied, checksums: file.checksums },
        });
      await journal.recordRetirement(key, outcome, archived ?? file.archived);
    },
  };
}

/**
 * Whether what is gone was taken out by a run: it is in the archive, or the target holds what was copied, which an application that drops
 * a file has replaced. A run that deletes may be killed before it can write that down.
 */
async function wasRetired(
  { key, state, targetEtag, archived }: FileRecord,
  { target, signal }: RetireFilesOptions,
): Promise<boolean> {
  if (archived !== undefined) return true;
  if (!RESOLVED.includes(state)) return false;
  const seen = await look(target, key, signal);
  return seen.type === 'file' && seen.file.etag === targetEtag;
}

function isVerified(file: FileRecord, by: VerifiedBy = 'checksum'): boolean {
  if (file.verification !== 'ok') return false;
  return by === 'checksum' || file.verifiedBy === 'content';
}

/** For a dry run: takes what it is given, and leaves it where it is. */
const PRETENDED: ListedArchive = {
  async put(_, { condition }): Promise<ArchivedFile> {
    if (condition === undefined) throw new StorageError('InvalidArgument', 'which version?');
    return { id: '', file: { etag: condition.etag } };
  },
  async restore() {
    throw new StorageError('Unsupported', 'nothing is put aside in a dry run');
  },
  async *list() {},
};
