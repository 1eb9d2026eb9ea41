import { StorageError } from '@org/storage-core';
import { createBirpc } from 'birpc';
import { copyUp } from '../backfill/copy-up.js';
import { preflight } from '../backfill/preflight.js';
import { slowed } from '../backfill/slowed-source.js';
import { sharedSignal } from '../shared-signal.js';
import { Advances } from './advances.js';
import type { Answer, CoordinatorCalls, Setting, Task, WorkerCalls } from './messages.js';
import type { WorkerStores } from './options.js';
import { type PackedError, packed, unpacked } from './packed-error.js';
import { SharedBandwidth } from './shared-bandwidth.js';
import { openStores } from './stores.js';

// What a worker process runs.

process.once('disconnect', () => process.exit()); // nothing without the coordinator, however it ended
if (!process.connected) process.exit(); // while this module was loaded
// Ctrl-C reaches all processes of a terminal: what it means is for the coordinator to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const ending = new AbortController();
const signal = sharedSignal(ending.signal);
let stores: WorkerStores | undefined;
/** Of the target; what it writes it has to remove. */
let trial: Promise<void> | undefined;

const calls: WorkerCalls = {
  open: (setting) => open(setting).then(() => undefined, packed),
  async copy(task) {
    const outcome: Answer['outcome'] = await copy(task).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: packed(error) }),
    );
    return { advance: advances.end(task.id), outcome };
  },
  abort: () => ending.abort(),
  setBandwidth(rate) {
    bandwidth.rate = rate;
  },
  close: () => void close().finally(() => process.disconnect()),
};

const coordinator = createBirpc<CoordinatorCalls, WorkerCalls>(calls, {
  post: (message) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  },
  on: (listener) => process.on('message', listener),
  eventNames: ['advance'],
  timeout: -1,
});
const advances = new Advances((all) => void coordinator.advance(all));
const bandwidth = new SharedBandwidth((bytes) => coordinator.takeBytes(bytes));

async function open(setting: Setting): Promise<void> {
  bandwidth.rate = setting.bandwidth;
  stores = await openStores(setting);
  trial = preflight({ target: stores.target, signal });
  await trial;
}

async function close(): Promise<void> {
  ending.abort();
  await trial?.catch(() => {}); // `open` tells of it
  await stores?.source.close();
  await stores?.target.close();
}

async function copy({ id, file, live, disk, largeFrom, unfinished, asks }: Task) {
  if (stores === undefined) throw new StorageError('InvalidArgument', 'the stores are not open');
  return copyUp(file, {
    ...{ source: slowed(stores.source, bandwidth), target: stores.target },
    ...{ live, disk, largeFrom, unfinished, signal },
    ...(asks ? { mayCommit: async () => accept(await coordinator.mayCommit(id)) } : {}),
    onUpload: async (uploadId, sourceEtag) =>
      accept(await coordinator.recordUpload(id, uploadId, sourceEtag)),
    onHash: (hashed) => advances.note({ id, hashed }),
    onProgress: (sent) => advances.note({ id, sent }),
  });
}

function accept(refusal: PackedError | undefined): void {
  if (refusal !== undefined) throw unpacked(refusal);
}
