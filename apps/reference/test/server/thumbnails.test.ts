import { Readable } from 'node:stream';
import { constants, crc32, deflateRawSync } from 'node:zlib';
import { MemoryStorageProvider } from '@org/storage-core';
import { type FaultyProvider, withFaults } from '@org/storage-testkit/faults';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { LIMITS, NoPicture, smallPicture } from '../../src/server/files/small-picture.js';
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

/** Thumbnails of pictures in a storage of their own, in which the last rows' files are these. */
async function thumbnailsOf(
  storage: MemoryStorageProvider,
  limits: Partial<typeof LIMITS>,
  contents: readonly Uint8Array[],
) {
  const files = new FileStore(started.database.db, { storage });
  const all = { ...LIMITS, ...limits };
  const thumbnails = await Thumbnails.open(storage, files, started.app.log, all);
  const rows = [];
  for (const content of contents) {
    const { id } = await uploaded('a.png', await picture(20, 20));
    const row = await files.byId(id);
    if (row === undefined) throw new Error('it was uploaded');
    await storage.upload(row.path, content);
    rows.push(row);
  }
  return { thumbnails, rows };
}

/** A picture of a megabyte, one bit for each of its pixels, which takes many seconds to decode. */
function endlessPicture(side: number): Buffer {
  const size = side * (1 + side / 8);
  const block = Buffer.alloc(1024 ** 2);
  const zeros = (bytes: number) =>
    deflateRawSync(block.subarray(0, bytes), { finishFlush: constants.Z_FULL_FLUSH });
  const blocks = Array<Buffer>(Math.floor(size / block.length)).fill(zeros(block.length));
  const end = Buffer.alloc(6);
  end.writeUInt16BE(0x0300, 0); // an empty last block
  end.writeUInt16BE(size % 65_521, 2); // Adler-32 of zeros
  end.writeUInt16BE(1, 4);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const content = [Buffer.from([0x78, 0x01]), ...blocks, zeros(size % block.length), end];
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[pngChunk('IHDR', header), pngChunk('IDAT', Buffer.concat(content))],
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(typed.length + 8);
  frame.writeUInt32BE(data.length, 0);
  typed.copy(frame, 4);
  frame.writeUInt32BE(crc32(typed), typed.length + 4);
  return frame;
}

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

  it('of a picture that takes too long is given up, for good, and others are answered meanwhile', async () => {
    await using own = new MemoryStorageProvider();
    const hostile = endlessPicture(60_000);
    const contents = [hostile, hostile, await picture(1000, 500)];
    const limits = { pixels: 1e11, decoding: 1 };
    const { thumbnails, rows } = await thumbnailsOf(own, limits, contents);
    const ended: number[] = [];
    const made = rows.map(async (row, index) => {
      const key = await thumbnails.of(row);
      ended.push(index);
      return key;
    });
    expect((await zoe.get('/healthz')).status).toBe(200);
    expect(ended).toEqual([]);
    expect(await Promise.all(made)).toEqual([
      ...[undefined, undefined],
      `thumbnails/${rows[2]?.id}.webp`,
    ]);
    let reads = 0;
    const download = own.download.bind(own);
    own.download = (...given) => {
      reads += 1;
      return download(...given);
    };
    for (const row of rows.slice(0, 2)) expect(await thumbnails.of(row)).toBeUndefined();
    expect(reads).toBe(0);
  });

  it('is given up where decoding does not look at the clock, and decoding ends where it does', async () => {
    await storage.upload('slow.png', endlessPicture(60_000));
    const limits = { ...LIMITS, pixels: 1e11, decoding: 1 };
    let decoding: Promise<unknown> | undefined;
    const small = smallPicture(sharp, storage, 'slow.png', limits, (begun) => {
      decoding = begun;
    });
    await expect(small).rejects.toThrow(NoPicture);
    await expect(decoding).rejects.toThrow('timeout');
    const never = vi.spyOn(sharp.prototype, 'toBuffer').mockReturnValue(new Promise(() => {}));
    try {
      await expect(smallPicture(sharp, storage, 'slow.png', limits)).rejects.toThrow('within 1 s');
    } finally {
      never.mockRestore();
    }
  });

  it('that gets no turn in time is put off, and the next one gets it', async () => {
    await using own = new MemoryStorageProvider();
    const small = await picture(20, 20);
    const contents = [small, small, small, small];
    const { thumbnails, rows } = await thumbnailsOf(own, { queue: 50 }, contents);
    const [first, second, third, fourth] = rows;
    if (!first || !second || !third || !fourth) throw new Error('there are four');
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const download = own.download.bind(own);
    own.download = async (...given) => {
      await held;
      return download(...given);
    };
    const made = [thumbnails.of(first), thumbnails.of(second)];
    await expect(thumbnails.of(third)).rejects.toMatchObject({ code: 'Throttled' });
    goOn();
    expect(await Promise.all(made)).not.toContain(undefined);
    expect(await thumbnails.of(fourth)).toBe(`thumbnails/${fourth.id}.webp`);
    expect(await thumbnails.of(third)).toBe(`thumbnails/${third.id}.webp`);
  });

  it('is not made of what only its name calls a picture', async () => {
    await using own = new MemoryStorageProvider();
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    const contents = [svg, `<?xml version="1.0"?>${svg}`, 'P6 1 1 255\nabc', '%PDF-1.7\n'];
    const { thumbnails, rows } = await thumbnailsOf(
      own,
      {},
      contents.map((c) => Buffer.from(c)),
    );
    for (const row of rows) expect(await thumbnails.of(row)).toBeUndefined();
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
