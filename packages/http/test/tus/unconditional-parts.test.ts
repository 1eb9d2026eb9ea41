import {
  type Capabilities,
  MemoryStorageProvider,
  StorageError,
  type UploadOptions,
} from '@org/storage-core';
import { expect, it } from 'vitest';
import { begun, contentOf, keysOf, patch, tusSite } from './tus-site.js';

/** As a bucket of Ceph before version 20: no condition on an upload in parts. */
class OldCeph extends MemoryStorageProvider {
  override readonly capabilities: Capabilities = {
    ...new MemoryStorageProvider().capabilities,
    conditionalCreateInParts: 'absent',
  };

  override upload(...[key, body, options]: Parameters<MemoryStorageProvider['upload']>) {
    if (isInParts(options)) throw new StorageError('Unsupported', 'no condition in parts');
    return super.upload(key, body, options);
  }
}

const SIZE = 6 * 1024 ** 2;

function isInParts({ condition, contentLength = 0 }: UploadOptions = {}): boolean {
  return condition !== undefined && contentLength === SIZE;
}

it('a large upload is finished where no file in parts can be created under a condition', async () => {
  await using storage = new OldCeph();
  const site = await tusSite(storage, { key: () => 'files/large' });
  const url = await begun(site, SIZE);
  expect((await patch(url, 0, new Uint8Array(SIZE).fill(7))).status).toBe(204);
  expect((await contentOf(storage, 'files/large')).equals(Buffer.alloc(SIZE, 7))).toBe(true);
  expect((await keysOf(storage, '.tus/')).filter((key) => key.includes('data-'))).toEqual([]);
});

it('and replaces no other file', async () => {
  await using storage = new OldCeph();
  await storage.upload('files/large', 'somebody else’s');
  const site = await tusSite(storage, { key: () => 'files/large' });
  const url = await begun(site, SIZE);
  expect((await patch(url, 0, new Uint8Array(SIZE).fill(7))).status).toBe(409);
  expect(String(await contentOf(storage, 'files/large'))).toBe('somebody else’s');
});
