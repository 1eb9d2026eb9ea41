import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/server/files/view.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client } from '../client.js';

let started: StartedApp;
let zoe: Client;

beforeAll(async () => {
  started = await startApp();
  zoe = await started.client(started.user);
});

afterAll(() => started.close());

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
});
