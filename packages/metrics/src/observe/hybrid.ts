import { onStorageEvent } from '@org/storage-core';
import type { Recorder } from '../recorder.js';

const REASONS = ['not-copied', 'target-unavailable'] as const;

/** Counts what a store made of two tells: stages, and reads that the source answers. `update` is for what changes by time alone. */
export function observeHybrid(
  recorder: Recorder,
  cutOver: () => boolean,
): { readonly update: () => void; readonly end: () => void } {
  /** By provider. */
  const stages = new Map<string, string>();
  const end = onStorageEvent('org.storage.hybrid', (event) => {
    const { type, provider } = event;
    if (type === 'stage') {
      const left = stages.get(provider);
      if (left !== undefined) recorder.set('hybridStage', { provider, stage: left }, 0);
      stages.set(provider, event.stage);
      recorder.set('hybridStage', { provider, stage: event.stage }, 1);
      // A counter that begins with its first event has not increased yet, as Prometheus sees it.
      for (const reason of REASONS) recorder.add('fallbackReads', { provider, reason }, 0);
    } else if (type === 'source-read')
      recorder.add('fallbackReads', { provider, reason: event.reason });
    else recorder.add('leftovers', { provider });
  });
  return {
    update() {
      const done = [...stages.values()].includes('target') || cutOver();
      recorder.set('cutOver', {}, done ? 1 : 0);
    },
    end,
  };
}
