import { StorageError } from '@org/storage-core';
import { requireStages } from '@org/storage-hybrid';
import {
  cutover,
  type EventListener,
  type GateReport,
  gate,
  type Journal,
  retireFiles,
  verify,
} from '@org/storage-migration';
import type { MigrationServiceOptions } from './options.js';
import type { Work } from './slot.js';

interface Task {
  readonly journal: Journal;
  readonly onEvent: EventListener;
}

/** Compares the copies with what was read. @param cutOver Whether the application deletes without a mark by now. */
export async function verifyCopies(
  options: MigrationServiceOptions,
  { stop }: Work,
  { journal, onEvent, cutOver }: Task & { readonly cutOver: boolean },
): Promise<void> {
  const { source, target, verifiedBy, accept } = options;
  const { outcome, reason } = await verify({
    ...{ source, target, journal, live: true, cutOver, full: verifiedBy === 'content' },
    ...{ stop, onEvent },
    ...(accept === undefined ? {} : { accept }),
  });
  if (outcome === 'verified' || outcome === 'interrupted') return;
  throw new StorageError(
    'ChecksumMismatch',
    reason?.message ?? 'some files are not as they should be: the list of failures names them',
  );
}

/** Puts the source's files aside that the target holds whole. */
export async function retireSource(
  options: MigrationServiceOptions,
  { stop }: Work,
  { journal, onEvent }: Task,
): Promise<void> {
  const { source, target, registry, archive, timing, verifiedBy } = options;
  const lease = await requireStages({
    ...{ ...timing, registry, task: 'retire', note: 'retires files', signal: stop },
    allowed: ['settled', 'target'],
  });
  try {
    const { outcome, counts } = await retireFiles({
      ...{ source, target, journal, archive, live: lease, stop, onEvent },
      ...(verifiedBy === undefined ? {} : { verifiedBy }),
    });
    if (outcome === 'complete' || outcome === 'interrupted') return;
    const left = counts.changed + counts.needed + counts.unverified + counts.failed;
    throw new StorageError(
      'Conflict',
      `${left} files stay in the source: ${counts.changed} were changed there since, ${counts.unverified} are not verified, ` +
        `${counts.needed} are missing in the target, ${counts.failed} failed`,
    );
  } finally {
    await lease.release();
  }
}

/** Looks whether the source can be given up. */
export function lookAtGate(
  options: MigrationServiceOptions,
  journal: Journal,
): Promise<GateReport> {
  const { registry, source, verifiedBy, quiet, accept } = options;
  return gate({ journal, registry, source, verifiedBy, quiet, accept });
}

/** Brings all processes to the mode `target`, if the gate is open. */
export async function cutOver(
  options: MigrationServiceOptions,
  work: Work,
  journal: Journal,
  onGate: (report: GateReport) => void,
): Promise<void> {
  const { registry, source, verifiedBy, quiet, accept, timing } = options;
  const report = await cutover({
    ...{ ...timing, journal, registry, source, verifiedBy, quiet, accept, onGate },
    signal: work.stop,
    onWait: ([first]) => {
      work.note = first;
    },
  });
  if (report.outcome !== 'shut') return;
  const shut = report.gate.conditions.find(({ holds }) => holds !== true);
  throw new StorageError(
    'Conflict',
    `the gate was shut again, and nothing was changed: ${shut?.evidence}`,
  );
}
