import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { vi } from 'vitest';
import { buildWeb } from '../../../src/build-web.js';
import { type Demo, openDemo } from '../../../src/demo/demo.js';
import { BUCKET } from '../../../src/demo/server-address.js';
import type { MigrationState } from '../../../src/server/migration/state.js';
import { answer, Client } from '../../client.js';
import type { Lived } from './state.js';

const API = '/api/admin/migration';

/** An application whose files are moved while its users are at work. */
export interface Moving extends Lived {
  readonly server: S3Server;
  /** What an operator does. */
  act(action: string, body?: unknown): Promise<void>;
  until(wanted: (state: MigrationState) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** @param files that it has at first. */
export async function openMoving(files: number): Promise<Moving> {
  const scratch = await mkdtemp(join(tmpdir(), 'reference-moving-'));
  const server = await startS3Server({ buckets: [BUCKET] });
  const webRoot = await buildWeb(join(scratch, 'web'));
  const { endpoint, region, credentials } = server;
  const demo = await openDemo({
    ...{ scratch, webRoot, server: { endpoint, region, ...credentials } },
    ...{ files, bandwidth: 400_000 },
  });
  const client = async (account?: Demo['admin']) => {
    const opened = new Client(demo.url);
    await opened.open(account);
    return opened;
  };
  const operator = await client(demo.admin);
  return {
    server,
    app: { origin: demo.url, admin: demo.admin, user: demo.admin, client },
    async act(action, body) {
      await answer(operator.post(`${API}/${action}`, body));
    },
    until: (wanted) =>
      vi.waitFor(
        async () => {
          const state = await answer<MigrationState>(operator.get(API));
          if (!wanted(state)) throw new Error(`not so yet: ${JSON.stringify(state)}`);
        },
        { timeout: 60_000, interval: 200 },
      ),
    async close() {
      await demo.close();
      await server.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
