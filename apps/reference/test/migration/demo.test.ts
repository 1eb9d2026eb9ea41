import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { expect, it } from 'vitest';
import { BUCKET } from '../../src/demo/server-address.js';
import { show } from '../../src/demo/show.js';

it('moves an application that works to a bucket, and nobody notices', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'storage-demo-test-'));
  const server = await startS3Server({ buckets: [BUCKET] });
  const { endpoint, region, credentials } = server;
  let printed = '';
  try {
    const code = await show({
      ...{ scratch, server: { endpoint, region, ...credentials } },
      ...{ files: 60, port: 0, migrate: true, once: true },
      stop: new AbortController().signal,
      print: (text) => {
        printed += text;
      },
    });
    expect(printed).toMatch(/ 0 wrong answers, 0 failures/);
    expect(code).toBe(0);
    const shown = printed.split('\n').map((line) => /^(\w+) +\d+\.\d s /.exec(line)?.[1]);
    expect(shown.filter((phase) => phase !== undefined)).toEqual([
      ...['prepare', 'hybrid', 'copy', 'verify', 'retire', 'target'],
    ]);
  } finally {
    await server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}, 300_000);
