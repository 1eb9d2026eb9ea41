import { MemoryStorageProvider } from '@org/storage-core';
import { SAMPLE } from '@org/storage-http';
import { withFaults } from '@org/storage-testkit/faults';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { lookUp } from '../../src/server/files/place.js';
import { UnfinishedFiles } from '../../src/server/files/unfinished.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

const HOUR = 3_600_000;

let storage: ReturnType<typeof withFaults>;
let started: StartedApp;
let zoe: Client;
let admin: Client;
let time: number;

beforeEach(async () => {
  time = Date.now();
  storage = withFaults(new MemoryStorageProvider());
  started = await startApp({ storage, clock: () => new Date(time) });
  zoe = await started.client(started.user);
  admin = await started.client(started.admin);
});

afterEach(async () => {
  await started.close();
  await storage.close();
});

const rows = () => started.database.db.selectFrom('files').selectAll().execute();
const unfinished = () => started.database.db.selectFrom('unfinished_files').selectAll().execute();
const run = (job: string) => answer<{ detail: string }>(admin.post(`/api/admin/jobs/${job}/run`));

async function objects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of storage.list()) if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

const upload = () =>
  answer<{ files: FileView[]; rejected: unknown[] }>(zoe.upload({ 'a.txt': 'content' }), 201);

/** What holds at any time: who has a row has the whole file; who has neither a row nor an unfinished one has no object. */
async function expectNothingLost(): Promise<void> {
  for (const row of await rows()) expect((await storage.stat(row.path)).size).toBe(row.size);
  const named = new Set([
    ...(await rows()).map(({ path }) => path),
    ...(await unfinished()).map(({ key }) => key),
  ]);
  for (const key of await objects()) expect(named.has(key), key).toBe(true);
}

describe('an upload', () => {
  it.each([
    ['that the storage breaks off', { type: 'break-upload', operation: 'upload', after: 3 }],
    ['of which the storage’s answer is lost', { type: 'lost-answer', operation: 'upload' }],
  ] as const)('%s is refused for now, and leaves nothing', async (_, fault) => {
    storage.faults.add(fault);
    const refused = await zoe.upload({ 'a.txt': 'content' });
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(await refusal(Promise.resolve(refused))).toEqual([503, 'unavailable']);
    expect([await rows(), await unfinished(), await objects()]).toEqual([[], [], []]);
  });

  it('of which the storage takes one file says which it has not taken', async () => {
    storage.faults.add({ type: 'break-upload', operation: 'upload', after: 3, times: 1 });
    const uploading = zoe.upload({ 'a.txt': 'content', 'b.txt': 'content' });
    expect(await answer(uploading, 201)).toMatchObject({
      files: [{ name: 'b.txt' }],
      rejected: [{ name: 'a.txt', code: 'unavailable' }],
    });
    expect((await rows()).map(({ name }) => name)).toEqual(['b.txt']);
  });

  it('whose files are refused for themselves as well is not to be sent again', async () => {
    const failure = { type: 'error', operation: 'upload' } as const;
    storage.faults.add({ ...failure, code: 'QuotaExceeded', times: 1 });
    storage.faults.add({ ...failure, code: 'Unavailable' });
    const uploading = zoe.upload({ 'a.txt': 'content', 'b.txt': 'content' });
    expect(await answer(uploading, 201)).toMatchObject({
      files: [],
      rejected: [{ code: 'storage_full' }, { code: 'unavailable' }],
    });
  });

  it.each(['before the object', 'after the object'])(
    'killed %s can be cleaned up',
    async (when) => {
      // As the process leaves it: the row that is written first, and perhaps the object.
      const owner = await started.database.db
        .selectFrom('users')
        .select('id')
        .executeTakeFirstOrThrow();
      const key = '2026/11/00000000-0000-0000-0000-000000000000.txt';
      await started.database.db
        .insertInto('unfinished_files')
        .values({
          ...{ id: 'killed', key, state: 'upload', owner_id: owner.id, name: 'a.txt', folder: '' },
          ...{ visibility: 'private', begun_at: new Date(time).toISOString() },
        })
        .execute();
      if (when === 'after the object') await storage.upload(key, 'content');
      await expectNothingLost();
      expect((await run('unfinished-files')).detail).toBe('0 removed, 0 to be tried again');
      time += 25 * HOUR;
      expect((await run('unfinished-files')).detail).toBe('1 removed, 0 to be tried again');
      expect([await unfinished(), await objects()]).toEqual([[], []]);
    },
  );

  it('that goes on after it was given up is no file', async () => {
    let gaveUp = false;
    const inner = storage.upload.bind(storage);
    storage.upload = async (...given) => {
      const stored = await inner(...given);
      time += 25 * HOUR;
      await started.app.inject({ url: '/healthz' });
      if (!gaveUp) {
        gaveUp = true;
        const again = await started.client(started.admin);
        await answer(again.post('/api/admin/jobs/unfinished-files/run'));
      }
      return stored;
    };
    expect(await upload()).toMatchObject({ files: [], rejected: [{ name: 'a.txt' }] });
    expect([await rows(), await unfinished(), await objects()]).toEqual([[], [], []]);
  });

  it('that was claimed by the clean-up can’t be finished, though its object is still there', async () => {
    const files = new UnfinishedFiles(started.database.db, () => new Date(time));
    const { id: ownerId } = await started.database.db
      .selectFrom('users')
      .select('id')
      .executeTakeFirstOrThrow();
    const { id, key } = await files.begin(
      { ownerId, name: 'a.txt', folder: '', visibility: 'private' },
      'upload',
    );
    await storage.upload(key, 'content');
    const metadata = await lookUp({ storage }, key);
    await files.giveUp(id);
    await expect(files.finish(id, metadata)).rejects.toMatchObject({ code: 'given_up' });
    expect([await rows(), await unfinished()]).toMatchObject([[], [{ id, state: 'delete' }]]);
  });

  it('whose client goes away leaves nothing', async () => {
    const gone = new AbortController();
    const body = new ReadableStream({
      async start(controller) {
        const head =
          '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n';
        controller.enqueue(new TextEncoder().encode(head + 'begun'.repeat(SAMPLE))); // enough to tell its type by
        await expect.poll(async () => (await unfinished()).length).toBe(1);
        gone.abort();
      },
    });
    const init = { method: 'POST', body, duplex: 'half' as const, signal: gone.signal };
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    await expect(zoe.send('/api/files', { ...init, headers })).rejects.toThrow();
    expect(gone.signal.aborted).toBe(true); // since it had begun
    await expect.poll(unfinished).toEqual([]);
    expect([await rows(), await objects()]).toEqual([[], []]);
  });
});

describe('a delete', () => {
  it.each(['error', 'lost-answer'] as const)(
    'that the storage meets with %s is done later',
    async (type) => {
      const { files } = await upload();
      const [file] = files;
      storage.faults.add({ type, operation: 'delete', code: 'Unavailable', times: 2 });
      expect((await zoe.delete(`/api/files/${file?.id}`)).status).toBe(204);
      expect((await zoe.get(file?.url ?? '')).status).toBe(404);
      await expectNothingLost();
      expect(await unfinished()).toMatchObject([{ state: 'delete' }]);
      time += HOUR;
      expect((await run('unfinished-files')).detail).toBe('0 removed, 1 to be tried again');
      expect((await run('unfinished-files')).detail).toBe('1 removed, 0 to be tried again');
      expect([await rows(), await unfinished(), await objects()]).toEqual([[], [], []]);
    },
  );
});

describe('what nothing names', () => {
  it('is removed if this application has stored it, and it is not young', async () => {
    const { files } = await upload();
    await storage.upload('2026/11/11111111-1111-1111-1111-111111111111.txt', 'orphan');
    await storage.upload(`thumbnails/${files[0]?.id}.webp`, 'of a file');
    await storage.upload('thumbnails/gone.webp', 'of none');
    await storage.upload('somebody/elses.txt', 'not ours');
    expect((await run('orphans')).detail).toBe('0 removed');
    time += 72 * HOUR;
    admin = await started.client(started.admin);
    expect((await run('orphans')).detail).toBe('2 removed');
    const left = await objects();
    expect(left).toContain('somebody/elses.txt');
    expect(left).toContain(`thumbnails/${files[0]?.id}.webp`);
    expect(left).toHaveLength(3);
  });
});
