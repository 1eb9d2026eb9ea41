import { type CircuitState, onStorageEvent } from '@org/storage-core';
import type { Recorder } from '../recorder.js';
import { codeOf } from './operations.js';

const OPEN: Readonly<Record<CircuitState, number>> = { closed: 0, open: 1, 'half-open': 0.5 };

/** Counts what is added to operations: retries, circuits that open, and trials of health checks. */
export function observeLayers(recorder: Recorder): () => void {
  const ends = [
    onStorageEvent('org.storage.retry', ({ provider, operation, error }) =>
      recorder.add('retries', { provider, operation, code: codeOf(error) }),
    ),
    onStorageEvent('org.storage.circuit', ({ provider, state }) =>
      recorder.set('circuitOpen', { provider }, OPEN[state]),
    ),
    onStorageEvent('org.storage.health', ({ provider, healthy }) =>
      recorder.set('writable', { provider }, healthy ? 1 : 0),
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}
