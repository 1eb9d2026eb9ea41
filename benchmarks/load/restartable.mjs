import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startS3Server } from '@org/storage-testkit/s3-server';

/** The strict S3 server on a directory that outlives it, so that it can go and come back. */
export async function openRestartable() {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'load-s3-'));
  const secret = () => randomBytes(10).toString('hex');
  const credentials = { accessKeyId: secret(), secretAccessKey: secret() };
  const start = (port) => startS3Server({ port, dataDirectory, credentials: [credentials] });
  let server = await start(0);
  const { endpoint, region, port } = server;
  return {
    ...{ kind: 'aws', endpoint, region, credentials },
    async outage(pause) {
      await server.close();
      await sleep(pause);
      server = await start(port);
    },
    setFaults(faults) {
      server.faults.clear();
      for (const fault of faults) server.faults.add(fault);
    },
    async close() {
      await server.close();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
