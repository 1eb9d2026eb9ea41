import { type BodyEvent, onStorageEvent } from '@org/storage-core';
import type { Recorder } from '../recorder.js';
import { Tally } from './tally.js';

/** Counts bodies of downloads and their bytes, those that are under way whenever `update` is called. */
export function observeBodies(recorder: Recorder): {
  readonly update: () => void;
  readonly end: () => void;
} {
  /** Bytes that were counted of each open one. */
  const open = new Map<BodyEvent, number>();
  const tally = new Tally((provider, count) => recorder.set('openBodies', { provider }, count));
  const count = (body: BodyEvent, counted: number) => {
    const { provider, bytes } = body;
    if (bytes > counted)
      recorder.add('transferred', { provider, direction: 'down' }, bytes - counted);
  };
  const end = onStorageEvent('org.storage.body', (body) => {
    const { provider, state, code } = body;
    const counted = open.get(body);
    if (state === 'open') {
      open.set(body, 0);
      tally.change(provider, 1);
      return;
    }
    if (counted === undefined) return; // from before anyone listened
    open.delete(body);
    count(body, counted);
    tally.change(provider, -1);
    recorder.add('bodies', { provider, state, code });
  });
  return {
    update() {
      for (const [body, counted] of open) {
        count(body, counted);
        open.set(body, body.bytes);
      }
    },
    end,
  };
}
