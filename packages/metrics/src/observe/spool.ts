import { onStorageEvent } from '@org/storage-core';
import type { Recorder } from '../recorder.js';

/** Counts what goes through spools, and how much waits. `update` lets the oldest entry grow older. */
export function observeSpool(recorder: Recorder): {
  readonly update: () => void;
  readonly end: () => void;
} {
  const oldest = new Map<string, Date | undefined>();
  const tellAge = (provider: string, since: Date | undefined) => {
    const age = since === undefined ? 0 : Math.max(0, Date.now() - since.getTime());
    recorder.set('spoolOldest', { provider }, age / 1000);
  };
  const end = onStorageEvent('org.storage.spool', (event) => {
    const { type, provider } = event;
    if (type !== 'status') {
      recorder.add('spoolEvents', { provider, event: type });
      return;
    }
    if (!oldest.has(provider))
      for (const first of ['failed', 'full'] as const)
        recorder.add('spoolEvents', { provider, event: first }, 0);
    oldest.set(provider, event.oldest);
    recorder.set('spoolEntries', { provider }, event.entries);
    recorder.set('spoolSize', { provider }, event.bytes);
    tellAge(provider, event.oldest);
  });
  return {
    update() {
      for (const [provider, since] of oldest) tellAge(provider, since);
    },
    end,
  };
}
