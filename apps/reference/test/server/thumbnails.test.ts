import { Readable } from 'node:stream';
import { MemoryStorageProvider } from '@org/storage-core';
import { type FaultyProvider, withFaults } from '@org/storage-testkit/faults';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { LIMITS } from '../../src/server/files/small-picture.js';
import { FileStore } from '../../src/server/files/store.js';
import { Thumbnails } from '../../src/server/files/thumbnails.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client } from '../client.js';

let storage: FaultyProvider;
let started: StartedApp;
let zoe: Client;

beforeAll(async () => {
  storage = withFaults(new MemoryStorageProvider());
  started = await startApp({ storage });
  zoe = await started.client(started.user);
});

afterAll(async () => {
  await started.close();
  await storage.close();
});

async function uploaded(name: string, content: Uint8Array): Promise<FileView> {
  const { files } = await answer<{ files: FileView[] }>(
    zoe.upload({ [name]: Uint8Array.from(content) }),
    201,
  );
  const [file] = files;
  if (file === undefined) throw new Error('it was rejected');
  return file;
}

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();

describe('a thumbnail', () => {
  it('is made when it is first asked for, kept, and deleted with its file', async () => {
    const file = await uploaded('large.png', await picture(2000, 1000));
    const path = file.thumbnailUrl ?? '';
    const key = `thumbnails/${file.id}.webp`;
    expect(await started.storage.exists(key)).toBe(false);
    const answers = await Promise.all([zoe.get(path), zoe.get(path), zoe.get(path)]);
    for (const response of answers) {
      expect(response.headers.get('content-type')).toBe('image/webp');
      const { width, height } = await sharp(await response.arrayBuffer()).metadata();
      expect([width, height]).toEqual([480, 240]);
    }
    const { etag } = await started.storage.stat(key);
    await (await zoe.get(path)).arrayBuffer();
    expect((await started.storage.stat(key)).etag).toBe(etag);
    await zoe.delete(`/api/files/${file.id}`);
    expect(await started.storage.exists(key)).toBe(false);
    expect((await zoe.get(path)).status).toBe(404);
  });

  it('is not made of what is no picture, is broken, or claims more than there is memory for', async () => {
    const text = await uploaded('a.txt', Buffer.from('text'));
    expect(text.thumbnailUrl).toBeNull();
    const whole = await picture(100, 100);
    const broken = await uploaded('broken.png', whole.subarray(0, whole.byteLength - 40));
    const header = Buffer.from(whole);
    header.writeUInt32BE(60_000, 16);
    header.writeUInt32BE(60_000, 20);
    const bomb = await uploaded('bomb.png', header);
    for (const { id } of [text, broken, bomb]) {
      expect((await zoe.get(`/files/${id}/thumbnail`)).status).toBe(404);
      expect(await started.storage.exists(`thumbnails/${id}.webp`)).toBe(false);
    }
  });

  it('is not made beyond the limits, whether or not the row knows how large the file is', async () => {
    const content = await picture(10, 10);
    const { id } = await uploaded('limited.png', content);
    const files = new FileStore(started.database.db, { storage });
    const row = await files.byId(id);
    if (row === undefined) throw new Error('it was uploaded');
    const made = async (limits: Partial<typeof LIMITS>, size = row.size) => {
      const all = { ...LIMITS, ...limits };
      const thumbnails = await Thumbnails.open(storage, files, started.app.log, all);
      return [thumbnails.has({ ...row, size }), await thumbnails.of({ ...row, size })];
    };
    const bytes = content.length - 1;
    expect(await made({ bytes })).toEqual([false, undefined]);
    expect(await made({ bytes }, null)).toEqual([true, undefined]);
    expect(await made({ pixels: 99 })).toEqual([true, undefined]);
    expect(await storage.exists(`thumbnails/${id}.webp`)).toBe(false);
    const exactly = { bytes: content.length, pixels: 100 };
    expect(await made(exactly, null)).toEqual([true, `thumbnails/${id}.webp`]);
  });

  it('is made at another try where the storage breaks off', async () => {
    const { thumbnailUrl } = await uploaded('a.png', await picture(100, 100));
    storage.faults.add({ type: 'break-download', operation: 'download', after: 20, times: 1 });
    expect((await zoe.get(thumbnailUrl ?? '')).status).toBe(503);
    expect((await zoe.get(thumbnailUrl ?? '')).status).toBe(200);
  });

  it('is given up where the storage stalls, so that others get their turn', async () => {
    await using slow = new MemoryStorageProvider();
    const { db } = started.database;
    const files = new FileStore(db, { storage: slow });
    const limits = { ...LIMITS, patience: 100 };
    const thumbnails = await Thumbnails.open(slow, files, started.app.log, limits);
    const ids = [];
    for (const name of ['1.png', '2.png', '3.png', 'good.png'])
      ids.push((await uploaded(name, await picture(20, 20))).id);
    const rows = await Promise.all(ids.map((id) => files.byId(id)));
    const download = slow.download.bind(slow);
    for (const row of rows) await slow.upload(row?.path ?? '', await picture(20, 20));
    const good = rows.at(-1);
    const stalled: Readable[] = [];
    slow.download = async (key, options) => {
      const { body, ...rest } = await download(key, options);
      if (key === good?.path) return { ...rest, body };
      body.destroy();
      const never = new Readable({ read() {} });
      stalled.push(never);
      return { ...rest, body: never };
    };
    const outcomes = await Promise.allSettled(
      rows.map((row) => (row === undefined ? undefined : thumbnails.of(row))),
    );
    const timeout = { status: 'rejected', reason: { code: 'Timeout' } };
    const made = { status: 'fulfilled', value: `thumbnails/${good?.id}.webp` };
    expect(outcomes).toMatchObject([timeout, timeout, timeout, made]);
    expect(stalled.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });
});
