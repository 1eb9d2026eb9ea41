import { throwIfAborted } from '@org/storage-core';
import { Lookout, type Sighting } from './lookout.js';
import type { FleetRegistry } from './registry.js';
import { type FleetTiming, nextBeat, PATIENCE, timingOf } from './timing.js';

export interface WatchFleetOptions extends Omit<FleetTiming, 'drain' | 'margin'> {
  readonly registry: FleetRegistry;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at all members at every beat. Who is not heard of for its drain time meanwhile is removed: where nobody waits for a member
 * that was killed, its record stays until somebody watches.
 * @throws StorageError `Aborted`; whatever the registry fails with.
 */
export async function* watchFleet(
  options: WatchFleetOptions,
): AsyncGenerator<readonly Sighting[], void, undefined> {
  const { registry, signal } = options;
  const timing = timingOf(options);
  const lookout = new Lookout(registry, timing, PATIENCE * timing.heartbeat);
  for (;;) {
    throwIfAborted(signal);
    yield await lookout.look('');
    await nextBeat(timing, signal);
  }
}
