import { isStorageError } from '@org/storage-core';
import { type Journal, lastSign } from '@org/storage-migration';
import type { JournalPlace } from './journal-place.js';
import type { MigrationServiceOptions } from './options.js';
import type { WorkState } from './state.js';

/** Milliseconds within which a run that is at work gives a sign of life: it takes a sample every five seconds. */
const SIGN = 7_000;

/** What another process works at: a run that has not ended, while somebody keeps the journal. */
export async function workElsewhere(
  looked: Journal,
  { registry, journal }: Pick<MigrationServiceOptions, 'registry' | 'journal'>,
): Promise<WorkState | null> {
  const [run] = await looked.runs(1);
  if (run === undefined || run.outcome !== 'running') return null;
  const [sample] = await looked.samples(run.id, 1);
  const silent = Date.now() - lastSign(run, sample).getTime();
  if (silent > SIGN && (await isFree(journal))) return null;
  const entries = await registry.list();
  const holder = entries.find(({ member }) => member.role === 'migrator')?.member;
  const { pending } = await looked.totals();
  const left = run.kind === 'migrate' ? pending : { files: 0, bytes: 0 };
  const done = { files: sample?.files ?? 0, bytes: sample?.bytes ?? 0 };
  return {
    kind: run.kind,
    since: run.started.toISOString(),
    here: false,
    phase: 'working',
    note: holder === undefined ? null : `the process ${holder.pid} on ${holder.host} is at work`,
    total: { files: done.files + left.files, bytes: done.bytes + left.bytes },
    done,
  };
}

/** Whether nobody works with the journal: whoever did has ended. */
async function isFree(place: JournalPlace): Promise<boolean> {
  try {
    await (await place.work()).close();
    return true;
  } catch (error) {
    if (isStorageError(error, 'Conflict')) return false;
    throw error;
  }
}
