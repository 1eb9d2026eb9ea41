import type { StorageProvider } from '@org/storage-core';
import { statIfThere } from '@org/storage-hybrid';
import type { BulkRun } from '../bulk-run.js';
import { type FileState, RESOLVED, type RetirementOutcome } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import type { RunKind } from '../journal/run.js';
import type { ListedArchive } from './archive.js';
import type { Manifest } from './manifest.js';

const ARCHIVING: readonly RunKind[] = ['retire', 'restore'];
const STATES: readonly FileState[] = [...RESOLVED, 'superseded', 'deleted'];

/**
 * Writes down what is in the archive and not in the journal: the process that put it there was killed between the two, or was told of
 * a failure. Looked for only after a run that was not complete, since the whole archive is read for it, an entry at a time.
 */
export async function findArchived(
  run: Pick<BulkRun<RetirementOutcome>, 'id' | 'settle' | 'stop'>,
  options: {
    readonly source: StorageProvider;
    readonly journal: Journal;
    readonly archive: ListedArchive;
    readonly manifest: Manifest | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { source, journal, archive, manifest, signal } = options;
  if (!(await anyWasCutOff(journal, run.id))) return;
  for await (const entry of archive.list({ signal })) {
    if (run.stop.aborted) return;
    const { key, etag } = entry.file;
    const file = await journal.find(key);
    if (file === undefined || file.archived === entry.id) continue;
    if (!STATES.includes(file.state) || file.sourceEtag !== etag) continue;
    if ((await statIfThere(source, key, signal)) !== undefined) continue; // it was given back
    await run.settle(file, {
      outcome: 'retired',
      record: async () => {
        await manifest?.add(entry);
        await journal.recordRetirement(key, 'retired', entry.id);
      },
    });
  }
}

/** Whether a run that puts files aside came to no good end since the last one that has looked and did. */
async function anyWasCutOff(journal: Journal, own: string | undefined): Promise<boolean> {
  for (const { id, kind, outcome } of await journal.runs()) {
    if (id === own || !ARCHIVING.includes(kind)) continue;
    if (outcome !== 'complete') return true;
    if (kind === 'retire') return false;
  }
  return false;
}
