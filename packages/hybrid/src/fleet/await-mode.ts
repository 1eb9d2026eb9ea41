import { isStorageError, StorageError, throwIfAborted } from '@org/storage-core';
import type { Mode } from '../mode.js';
import { Lookout, lossOf, type Sighting } from './lookout.js';
import { nameOf } from './record.js';
import { nextBeat, PATIENCE, timingOf } from './timing.js';
import { hasReached } from './want-mode.js';
import type { WatchFleetOptions } from './watch-fleet.js';

export interface AwaitModeOptions extends WatchFleetOptions {
  readonly mode: Mode;
  /** ms after which it gives up. Default: never. */
  readonly timeout?: number | undefined;
  /** Told at every beat who is not there yet, or why the registry does not answer. */
  readonly onWait?: ((inTheWay: readonly string[]) => void) | undefined;
}

/**
 * Resolves as soon as all applications have reached a mode.
 * @throws StorageError `Timeout` with who has not; `Aborted`; what the registry fails with, unless it may answer later.
 */
export async function awaitMode(options: AwaitModeOptions): Promise<void> {
  const { mode, timeout = Number.POSITIVE_INFINITY, onWait, signal } = options;
  const timing = timingOf(options);
  const { clock } = timing;
  const end = clock.now() + timeout;
  const patience = PATIENCE * timing.heartbeat;
  const lookout = new Lookout(options.registry, timing, patience);
  for (;;) {
    throwIfAborted(signal);
    const behind = await lookout.look('').then(
      (sightings) => sightings.flatMap((sighting) => lagOf(sighting, mode, patience) ?? []),
      (error: unknown) => {
        if (isStorageError(error) && error.retryable) return [error.message];
        throw error;
      },
    );
    if (behind.length === 0) return;
    if (clock.now() >= end) throw late(mode, behind);
    onWait?.(behind);
    await nextBeat(timing, signal);
  }
}

function lagOf(sighting: Sighting, mode: Mode, patience: number): string | undefined {
  const { member } = sighting;
  if (member.role !== 'application' || hasReached(member, mode)) return undefined;
  const { stages, report } = member;
  const loss = lossOf(sighting, patience);
  const why = [
    `is in the stage "${stages.join('", "')}"`,
    ...(report?.follows === false ? ['does not go by the registry’s mode'] : []),
    ...(report?.obstacle === undefined ? [] : [report.obstacle]),
    ...(loss === undefined ? [] : [loss]),
  ];
  return `${nameOf(member)} ${why.join('; ')}`;
}

function late(mode: Mode, behind: readonly string[]): StorageError {
  return new StorageError(
    'Timeout',
    `not all processes are in the mode "${mode}", which stays wanted: ${behind.slice(0, 3).join('; and ')}` +
      (behind.length > 3 ? `; and ${behind.length - 3} more` : ''),
  );
}
