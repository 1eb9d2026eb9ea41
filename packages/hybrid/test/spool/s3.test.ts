import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SpooledStorageProvider, spooled } from '../../src/index.js';
import { textOf } from './stores.js';

const MEBIBYTE = 1024 * 1024;

let server: S3Server;
let root: string;
let target: S3StorageProvider;
let provider: SpooledStorageProvider;

beforeEach(async () => {
  server = await startS3Server({ buckets: ['files'] });
  root = await mkdtemp(join(tmpdir(), 'spool-'));
  const { endpoint, region, credentials } = server;
  target = new S3StorageProvider({ bucket: 'files', endpoint, region, credentials });
  const store = new LocalStorageProvider({ root });
  provider = spooled(target, { store, maxBytes: 100 * MEBIBYTE, drain: false });
});
afterEach(async () => {
  await provider.close();
  await server.close();
  await rm(root, { recursive: true });
});

const stream = (mebibytes: number) =>
  Readable.from(
    (function* () {
      for (let i = 0; i < mebibytes; i++) yield Buffer.alloc(MEBIBYTE, i);
    })(),
    { objectMode: false },
  );

describe('a spool over a bucket', () => {
  it('takes files of any length while the server is down, and hands them on when it is up', async () => {
    const down = server.faults.add({ type: 'error', code: 'ServiceUnavailable', status: 503 });
    await provider.upload('small', 'small');
    const large = await provider.upload('large', Buffer.concat(await stream(20).toArray()));
    down.remove();
    expect(await provider.drain()).toMatchObject({ drained: 2, left: 0 });
    expect(await textOf(target, 'small')).toBe('small');
    const there = await target.stat('large');
    expect(there.size).toBe(20 * MEBIBYTE);
    expect(there.checksums.sha256).toBe(large.checksums.sha256);
    for await (const _ of target.multipart?.list() ?? []) expect.unreachable();
  });
  it('refuses a stream of which more was read than is kept, for another try', async () => {
    server.faults.add({ type: 'error', code: 'ServiceUnavailable', status: 503 });
    const body = stream(40);
    await expect(provider.upload('large', body)).rejects.toMatchObject({ retryable: true });
    expect(body.destroyed).toBe(true);
    expect(await provider.status()).toMatchObject({ entries: 0 });
  });
  it('takes a file over whose upload the server went down', async () => {
    server.faults.add({ type: 'reset-request', after: 1.5 * MEBIBYTE, operation: 'PutObject' });
    server.faults.add({ type: 'reset-request', after: MEBIBYTE, operation: 'UploadPart' });
    const { checksums } = await provider.upload('file', stream(4));
    expect(await provider.status()).toMatchObject({ entries: 1, bytes: 4 * MEBIBYTE });
    server.faults.clear();
    await provider.drain();
    expect((await target.stat('file')).checksums.sha256).toBe(checksums.sha256);
  });
  it('finds what it has sent though the answer was lost', async () => {
    await provider.upload('file', 'old');
    const down = server.faults.add({ type: 'error', code: 'ServiceUnavailable', status: 503 });
    const { etag } = await provider.upload('file', 'new');
    down.remove();
    const lost = server.faults.add({ type: 'lost-answer', operation: 'PutObject' });
    await provider.drain();
    lost.remove();
    await provider.drain();
    expect(await provider.status()).toMatchObject({ entries: 0 });
    expect(await textOf(target, 'file')).toBe('new');
    expect((await target.stat('file')).metadata['storage-live-spooled']).toBe(etag);
  });
  it('does not drain into a bucket that ignores conditions', async () => {
    const down = server.faults.add({ type: 'error', code: 'ServiceUnavailable', status: 503 });
    await provider.upload('file', 'new');
    down.remove();
    server.faults.add({ type: 'ignore-preconditions' });
    const { failures, drained } = await provider.drain();
    expect(drained).toBe(0);
    expect(failures).toMatchObject([{ key: 'file', error: { code: 'Unsupported' } }]);
    expect(await textOf(provider, 'file')).toBe('new');
  });
});
