import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKey } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MigrationEvent, migrateTogether, openPostgresJournal } from '../../src/index.js';
import { digestOf } from '../../src/verify/content-digest.js';
import { endpoints, temporaryDirectory } from '../fixtures.js';
import { builtFrom } from '../live/modules.js';
import { postgresServer } from '../postgres.js';
import { Participant } from './child.js';

const postgres = postgresServer();
const modules = builtFrom(new URL('.', import.meta.url).pathname, ['participant']);

const LONG = { timeout: 60_000, interval: 10 };
const MIB = 1024 ** 2;
const FILM = parseKey('film.mkv');
const PARTS = 5;
/** Of the film's parts, so many are sent before the first participant stands still. */
const SENT = 3;

/** A directory with a file of five parts and small ones, a bucket, a database. */
async function setting() {
  const directory = await temporaryDirectory();
  const source = join(directory, 'source');
  await mkdir(source);
  const film = Buffer.alloc(21 * MIB);
  for (let at = 0; at < film.length; at += 4_096) film.writeUInt32BE(at, at);
  await writeFile(join(source, FILM), film);
  for (const name of ['a', 'b', 'x', 'z']) await writeFile(join(source, name), name);
  const server = await startS3Server({ buckets: ['bucket'] });
  const { endpoint, region, credentials } = server;
  const bucket = {
    ...{ bucket: 'bucket', endpoint, region, credentials },
    ...{ partSize: 5 * MIB, concurrency: 1, maxAttempts: 1 },
  };
  const target = new S3StorageProvider(bucket);
  onTestFinished(async () => {
    await target.close();
    await server.close();
  });
  const database = await postgres.database();
  const how = { claimFiles: 20, expiry: 600_000 };
  const journal = async () => {
    const opened = await openPostgresJournal({
      ...{ client: database.pool(), endpoints, access: 'share' },
    });
    onTestFinished(() => opened.close());
    return opened;
  };
  /** Of the film, since the first participant stood still. */
  const parts = () =>
    server.requests.last().filter(({ operation, key, status }) => {
      return operation === 'UploadPart' && key === FILM && status === 200;
    }).length;
  return {
    ...{ server, target, journal, parts },
    uploads: () => server.openMultipartUploads('bucket'),
    /** A participant in a process of its own, when it has sent some parts, and its next one is under way. */
    async halfWay(expiry = how.expiry, requestTimeout = 600_000) {
      const delayed = server.faults.add({
        ...{ type: 'delay', milliseconds: 600_000, operation: 'UploadPart', key: FILM },
        ...{ from: SENT + 1, times: 1 },
      });
      const participant = new Participant(modules('participant'), {
        ...{ url: database.url, source, target: { ...bucket, requestTimeout }, ...how, expiry },
      });
      await vi.waitFor(() => expect(delayed.hits).toBe(1), LONG);
      expect(parts()).toBe(SENT);
      server.requests.reset();
      return participant;
    },
    /** One in this process. @param events What it tells. */
    join: async (events: MigrationEvent[] = [], expiry = how.expiry) =>
      migrateTogether({
        ...{ source: new LocalStorageProvider({ root: source }), target, ...how, expiry },
        journal: await journal(),
        onEvent: (event) => void events.push(event),
      }),
    async expectWhole() {
      expect(server.openMultipartUploads('bucket')).toEqual([]);
      expect(await (await journal()).unfinishedUploads()).toEqual([]);
      const { checksums } = await digestOf(target, FILM, undefined);
      const sent = await new LocalStorageProvider({ root: source }).stat(FILM);
      expect((await target.stat(FILM)).size).toBe(sent.size);
      expect(checksums).toEqual((await target.stat(FILM)).checksums);
    },
  };
}

describe('an upload in parts of a participant that is gone', () => {
  it('is gone on with by one that is there: no part is sent twice', async () => {
    const { halfWay, join, parts, expectWhole } = await setting();
    const doomed = await halfWay();
    const events: MigrationEvent[] = [];
    const other = join(events);
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain('waiting'), LONG);
    doomed.signal('SIGKILL');
    expect(await other).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(events.map(({ type }) => type)).toContain('put-back');
    expect(events.map(({ type }) => type)).not.toContain('upload-aborted');
    expect(parts()).toBe(PARTS - SENT);
    await expectWhole();
  });

  it('is gone on with by one that comes when nobody is left', async () => {
    const { halfWay, join, parts, expectWhole } = await setting();
    const doomed = await halfWay();
    doomed.signal('SIGKILL');
    await doomed.ended();
    expect(await join()).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(parts()).toBe(PARTS - SENT);
    await expectWhole();
  });

  it('is removed where its id was not written down', async () => {
    const { halfWay, join, journal, uploads, parts, expectWhole } = await setting();
    const doomed = await halfWay();
    doomed.signal('SIGKILL');
    await doomed.ended();
    await (await journal()).recordUpload(FILM); // as before its id is known
    const events: MigrationEvent[] = [];
    const [left] = uploads();
    expect(await join(events)).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(events).toContainEqual({
      ...{ type: 'upload-aborted', key: FILM, uploadId: left?.uploadId },
    });
    expect(parts()).toBe(PARTS);
    await expectWhole();
  });
});

it('a participant that was suspended in the middle of an upload, and taken over from, leaves nothing of it', async () => {
  const { halfWay, join, parts, journal, expectWhole } = await setting();
  const paused = await halfWay(2_000, 5_000); // it gives up its part when it goes on
  paused.signal('SIGSTOP');
  const events: MigrationEvent[] = [];
  expect(await join(events, 2_000)).toMatchObject({ outcome: 'complete', unresolved: 0 });
  expect(events.map(({ type }) => type)).toContain('put-back');
  expect(parts()).toBe(PARTS - SENT);
  const before = await (await journal()).page({ limit: 10 });
  paused.signal('SIGCONT');
  expect(await paused.ended()).toMatchObject({ type: 'ended', outcome: 'complete' });
  expect(await (await journal()).page({ limit: 10 })).toEqual(before);
  await expectWhole();
});
