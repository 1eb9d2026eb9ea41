import {
  isStorageError,
  OPERATIONS,
  type OperationEvent,
  operationChannel,
  type StorageErrorCode,
} from '@org/storage-core';
import type { Recorder } from '../recorder.js';
import { Tally } from './tally.js';

/** Counts and times the operations of all providers in this process. @returns what ends that. */
export function observeOperations(recorder: Recorder): () => void {
  const ends = OPERATIONS.map((operation) => observeOperation(operation, recorder));
  return () => {
    for (const end of ends) end();
  };
}

function observeOperation(operation: (typeof OPERATIONS)[number], recorder: Recorder): () => void {
  const begun = new WeakMap<OperationEvent, number>();
  const inFlight = new Tally((provider, count) =>
    recorder.set('operationsInFlight', { provider, operation }, count),
  );
  const start = (message: unknown) => {
    const event = message as OperationEvent;
    begun.set(event, performance.now());
    inFlight.change(event.provider, 1);
  };
  const end = (message: unknown) => {
    const event = message as OperationEvent;
    const { provider, error } = event;
    const since = begun.get(event);
    if (since !== undefined) {
      begun.delete(event);
      inFlight.change(provider, -1);
      const seconds = (performance.now() - since) / 1000;
      recorder.observe('operationDuration', { provider, operation }, seconds);
    }
    const ended = { provider, operation };
    if (error === undefined) {
      recorder.add('operations', { ...ended, outcome: 'success' });
      recordResult(operation, event, recorder);
    } else recorder.add('operations', { ...ended, outcome: 'failure', code: codeOf(error) });
  };
  const channel = operationChannel(operation);
  channel.start.subscribe(start);
  channel.asyncEnd.subscribe(end);
  return () => {
    channel.start.unsubscribe(start);
    channel.asyncEnd.unsubscribe(end);
  };
}

function recordResult(
  operation: (typeof OPERATIONS)[number],
  { provider, result }: OperationEvent,
  recorder: Recorder,
): void {
  if (typeof result !== 'object' || result === null) return;
  if (operation === 'upload' && 'size' in result && typeof result.size === 'number')
    recorder.add('transferred', { provider, direction: 'up' }, result.size);
  if (operation === 'checkHealth' && 'healthy' in result)
    recorder.set('healthy', { provider }, result.healthy === true ? 1 : 0);
}

/** A code of the closed list, also of what is no `StorageError`. */
export function codeOf(error: unknown): StorageErrorCode {
  return isStorageError(error) ? error.code : 'Unknown';
}
