import { createHash } from 'node:crypto';
import { MemoryStorageProvider, parseKey } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { type FaultEffect, startS3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type MigrateOptions, type MigrationEvent, migrate } from '../../src/index.js';
import { digestOf } from '../../src/verify/content-digest.js';
import { altered, quickly, temporaryJournal } from '../fixtures.js';

const MIB = 1024 * 1024;
const KEY = parseKey('film.mkv');

/** A file of five parts, which are sent one after the other. */
async function setting() {
  const server = await startS3Server({ buckets: ['bucket'] });
  const { endpoint, region, credentials } = server;
  const target = new S3StorageProvider({
    ...{ bucket: 'bucket', endpoint, region, credentials },
    ...{ partSize: 5 * MIB, concurrency: 1, maxAttempts: 1 },
  });
  onTestFinished(async () => {
    await target.close();
    await server.close();
  });
  const source = new MemoryStorageProvider({ name: 'source' });
  const film = filled(21 * MIB);
  await source.upload(KEY, film);
  const journal = await temporaryJournal();
  const events: MigrationEvent[] = [];
  const run = (changes: Partial<MigrateOptions> = {}) =>
    migrate({
      source,
      target,
      journal,
      retry: quickly,
      onEvent: (e) => events.push(e),
      ...changes,
    });
  const open = () => server.openMultipartUploads('bucket');
  const failing = (effect: FaultEffect) =>
    server.faults.add({ ...effect, operation: 'UploadPart', key: KEY, from: 4, times: 1 });
  /** A run that sends three parts of five, and fails. */
  const interrupted = async () => {
    failing({ type: 'error', code: 'AccessDenied' });
    const report = await run();
    expect(report).toMatchObject({ outcome: 'incomplete', files: { failed: { files: 1 } } });
    expect(open()).toHaveLength(1);
    server.requests.reset();
  };
  const parts = () =>
    server.requests.last().filter(({ operation, key }) => operation === 'UploadPart' && key === KEY)
      .length;
  const expectHeld = async (content: Buffer) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect((await digestOf(target, KEY, undefined)).checksums.sha256).toBe(sha256);
    expect((await target.stat(KEY)).checksums.sha256).toBe(sha256);
  };
  return {
    ...{ server, source, target, journal, events, film, run },
    ...{ interrupted, failing, open, parts, expectHeld },
  };
}

/** Parts that differ from each other. */
function filled(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4_096) bytes.writeUInt32BE(at, at);
  return bytes;
}

describe('a large file whose upload was interrupted', () => {
  it('goes on in the next attempt where it was: no part is sent twice', async () => {
    const { run, failing, parts, film, open, expectHeld } = await setting();
    failing({ type: 'error', code: 'SlowDown', status: 503 });
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(parts()).toBe(5 + 1); // one was refused
    expect(open()).toEqual([]);
    await expectHeld(film);
  });

  it('goes on in the next run where it was', async () => {
    const { run, interrupted, parts, film, open, expectHeld, events } = await setting();
    await interrupted();
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(parts()).toBe(2);
    expect(open()).toEqual([]);
    expect(events.some(({ type }) => type === 'upload-aborted')).toBe(false);
    await expectHeld(film);
  });

  it('goes on after runs that did not select it, or were stopped before', async () => {
    const { run, interrupted, parts, film, open, expectHeld } = await setting();
    await interrupted();
    expect(await run({ select: { exclude: [KEY] } })).toMatchObject({ outcome: 'complete' });
    expect(await run({ stop: AbortSignal.abort() })).toMatchObject({ outcome: 'interrupted' });
    expect(open()).toHaveLength(1);
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(parts()).toBe(2);
    await expectHeld(film);
  });

  it.each([
    ['at its beginning', (film: Buffer) => film.fill(1, 0, 1)],
    ['at its end', (film: Buffer) => film.fill(1, film.length - 1)],
    ['by more at its end', (film: Buffer) => Buffer.concat([film, film.subarray(0, 9 * MIB)])],
    ['to the same content', (film: Buffer) => film],
  ])('begins anew if the file has changed since %s', async (_, change) => {
    const { source, run, interrupted, parts, film, open, expectHeld } = await setting();
    await interrupted();
    await new Promise((resolve) => setTimeout(resolve, 2)); // a later modification
    const changed = change(Buffer.from(film));
    await source.upload(KEY, changed, { metadata: { version: 'two' } });
    const restamped = altered(source, {
      // The ETag of a file on a disk is not made of its content: it changes with it, whatever the content.
      list: (options) => renamed(source.list(options)),
      stat: async (key, options) => anew(await source.stat(key, options)),
      download: async (key, options = {}) => {
        const { condition: given, ...others } = options;
        const opened = await source.download(key, others);
        const metadata = anew(opened.metadata);
        expect(given === undefined || given.etag === metadata.etag).toBe(true);
        return { ...opened, metadata };
      },
    });
    expect(await run({ source: restamped })).toMatchObject({ outcome: 'complete' });
    expect(parts()).toBe(Math.ceil(changed.length / (5 * MIB)));
    expect(open()).toEqual([]);
    await expectHeld(changed);
  });

  it('begins anew, and leaves nothing, if the file has become small', async () => {
    const { source, run, interrupted, open, expectHeld } = await setting();
    await interrupted();
    await source.upload(KEY, 'short');
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(open()).toEqual([]);
    await expectHeld(Buffer.from('short'));
  });

  it('begins anew if the upload is gone, and removes one that took its place without being written down', async () => {
    const { target, run, interrupted, parts, film, open, expectHeld } = await setting();
    await interrupted();
    const [left] = open();
    await target.multipart.abort(KEY, left?.uploadId ?? '');
    await target.createUploadTicket(KEY, { type: 'multipart', contentLength: 21 * MIB });
    expect(open()).toHaveLength(1);
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(parts()).toBe(5);
    expect(open()).toEqual([]);
    await expectHeld(film);
  });
});

describe('the parts of a file', () => {
  it('are removed at the end of a run that has found it gone', async () => {
    const { source, run, interrupted, open, events, journal } = await setting();
    await interrupted();
    await source.delete(KEY);
    expect(await run()).toMatchObject({ outcome: 'complete', files: { gone: { files: 1 } } });
    expect(open()).toEqual([]);
    expect(await journal.unfinishedUploads()).toEqual([]);
    expect(events.filter(({ type }) => type === 'upload-aborted')).toHaveLength(1);
  });

  it('are removed at the end of a run that has found another file in the target', async () => {
    const { target, run, interrupted, open, expectHeld } = await setting();
    await interrupted();
    await target.upload(KEY, 'by the application');
    expect(await run()).toMatchObject({ files: { conflict: { files: 1 } } });
    expect(open()).toEqual([]);
    await expectHeld(Buffer.from('by the application'));
  });

  it('are removed where the application writes the file at the last moment', async () => {
    const { target, run, interrupted, open, expectHeld } = await setting();
    await interrupted();
    const racing = altered(target, {
      upload: async (key, body, options) => {
        await target.upload(key, 'by the application');
        return target.upload(key, body, options);
      },
    });
    expect(await run({ target: racing, live: true })).toMatchObject({
      files: { superseded: { files: 1 } },
    });
    expect(open()).toEqual([]);
    await expectHeld(Buffer.from('by the application'));
  });

  it('are removed by the next run where the target can’t go on with them', async () => {
    const { target, run, interrupted, open, parts } = await setting();
    await interrupted();
    const forgetful = altered(target, {
      capabilities: { ...target.capabilities, resumableUpload: 'absent' },
    });
    expect(await run({ target: forgetful })).toMatchObject({ outcome: 'complete' });
    expect(parts()).toBe(5);
    expect(open()).toEqual([]);
  });
});

function anew<T extends { readonly etag: string }>(file: T): T {
  return { ...file, etag: `${file.etag}-anew` };
}

async function* renamed<T extends { readonly type: string }>(entries: AsyncIterable<T>) {
  for await (const entry of entries)
    yield 'etag' in entry && typeof entry.etag === 'string'
      ? { ...entry, etag: `${entry.etag}-anew` as typeof entry.etag }
      : entry;
}
