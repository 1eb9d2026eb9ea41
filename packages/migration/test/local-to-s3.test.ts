import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type Fault, type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate, verify } from '../src/index.js';
import { altered, contentOf, temporaryDirectory, temporaryJournal } from './fixtures.js';

const MIB = 1024 * 1024;

/** A directory and a bucket of their own. */
async function setting(files: Readonly<Record<string, string | Buffer>>) {
  const root = await temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const server: S3Server = await startS3Server({ buckets: ['bucket'] });
  const source = new LocalStorageProvider({ root });
  const target = new S3StorageProvider({
    bucket: 'bucket',
    endpoint: server.endpoint,
    region: server.region,
    credentials: server.credentials,
  });
  onTestFinished(async () => {
    await source.close();
    await target.close();
    await server.close();
  });
  return { root, server, source, target, journal: await temporaryJournal() };
}

function someFiles(): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = { empty: '', 'ü/日本 +%20.txt': 'odd name' };
  for (let i = 0; i < 120; i++) files[`d${i % 5}/f${i}.txt`] = `content ${i}`;
  for (let i = 0; i < 3; i++) files[`large/${i}`] = Buffer.alloc(17 * MIB + i, i);
  return files;
}

/** What S3 and the network do on a bad day. */
const BAD_DAY: readonly Fault[] = [
  { type: 'error', code: 'SlowDown', status: 503, probability: 0.1, seed: 1 },
  { type: 'error', code: 'InternalError', status: 500, probability: 0.05, seed: 2 },
  {
    type: 'lost-answer',
    operation: ['PutObject', 'CompleteMultipartUpload'],
    probability: 0.1,
    seed: 3,
  },
  { type: 'reset', probability: 0.05, seed: 4 },
  { type: 'reset-request', after: 3 * MIB, operation: 'UploadPart', probability: 0.2, seed: 5 },
  {
    type: 'error',
    code: 'ConditionalRequestConflict',
    status: 409,
    operation: 'PutObject',
    probability: 0.05,
    seed: 6,
  },
];

describe('a migration of a directory to S3', () => {
  it('comes through a bad day of the server: complete, verified, nothing left behind', async () => {
    const files = someFiles();
    const { server, source, target, journal } = await setting(files);
    await target.probe(); // on a bad day it could not tell what the server can do
    const handles = BAD_DAY.map((fault) => server.faults.add(fault));
    const retry = { attempts: 12, firstDelay: 5, maxDelay: 50 };
    const steady = altered(target, {
      probe: async () => target.capabilities,
      checkHealth: async () => ({ healthy: true, latency: 0 }),
    });
    const report = await migrate({ source, target: steady, journal, retry });
    expect(report).toMatchObject({ outcome: 'complete', unresolved: 0 });
    for (const handle of handles) {
      expect(handle.hits).toBeGreaterThan(0);
      handle.remove();
    }
    const proof = await verify({ source, target, journal, full: true });
    expect(proof.results).toMatchObject({ ok: Object.keys(files).length });
    expect(server.openMultipartUploads('bucket')).toEqual([]);
  });

  it('does not let a file written in place become visible half old, half new', async () => {
    const { root, server, source, target, journal } = await setting({
      'growing.log': Buffer.alloc(8 * MIB, 1),
    });
    let writes = 0;
    server.faults.add({ type: 'delay', milliseconds: 20, operation: 'UploadPart' });
    const report = await migrate({
      source,
      target,
      journal,
      retry: { firstDelay: 1 },
      onEvent: async (event) => {
        if (event.type === 'hashing' && event.bytes > 4 * MIB && writes++ === 0) {
          await writeFile(join(root, 'growing.log'), Buffer.alloc(8 * MIB, 2));
        }
      },
    });
    expect(writes).toBeGreaterThan(0);
    const whole = await target.stat('growing.log').catch(() => undefined);
    if (report.outcome === 'complete') expect(whole?.size).toBe(8 * MIB);
    const proof = await verify({ source, target, journal, full: true });
    expect(proof.results.different).toBe(0);
    if (whole !== undefined) {
      const content = Buffer.from(await contentOf(target, 'growing.log'), 'latin1');
      expect(new Set(content).size).toBe(1);
    }
  });

  it('keeps what an application puts into the bucket while a large file is on its way', async () => {
    const { server, source, target, journal } = await setting({ a: Buffer.alloc(17 * MIB, 1) });
    let written = false;
    const report = await migrate({
      source,
      target,
      journal,
      onEvent: (event) => {
        if (event.type !== 'transfer' || written) return;
        written = true;
        server.faults.add({ type: 'delay', milliseconds: 300, operation: 'UploadPart' });
        void target.upload('a', 'from the application');
      },
    });
    expect(report).toMatchObject({ outcome: 'incomplete', unresolved: 1 });
    expect(await contentOf(target, 'a')).toBe('from the application');
    expect(server.openMultipartUploads('bucket')).toEqual([]);
  });
});
