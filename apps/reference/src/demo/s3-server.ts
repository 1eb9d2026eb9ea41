import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ServerAddress } from './server-address.js';

export interface RunningServer {
  readonly address: ServerAddress;
  close(): Promise<void>;
}

/** @param directory where the server keeps its data. */
export async function startServer(directory: string): Promise<RunningServer> {
  const worker = new Worker(new URL('./s3-thread.js', import.meta.url), { workerData: directory });
  const [address] = (await once(worker, 'message')) as [ServerAddress];
  return {
    address,
    async close() {
      worker.postMessage('close');
      await once(worker, 'exit');
    },
  };
}
