import { open, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { filesIn, localStorage, metaIn, rejection } from './fixtures.js';

const KIB = 1024;
const LARGE = 2 * KIB * KIB;

const large = (letter: string) => Buffer.alloc(LARGE, letter);

describe('content that is not what was stored', () => {
  const damage = async (path: string) => {
    const { atimeNs, mtimeNs } = await stat(path, { bigint: true });
    const handle = await open(path, 'r+');
    await handle.write('X', LARGE - 5);
    await handle.close();
    await utimes(path, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
  };

  it('is a ChecksumMismatch in place of the end', async () => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    // The time can be set to microseconds: an upload is needed whose time has no more digits than that.
    await uploadAt(provider, path);
    await damage(path);
    const { metadata, body } = await provider.download('file');
    expect(metadata.checksums.crc32).toBeDefined();
    let read = 0;
    body.on('data', (chunk: Buffer) => {
      read += chunk.byteLength;
    });
    const error = await rejection(
      new Promise((_, reject) => body.on('error', reject)),
      'ChecksumMismatch',
    );
    expect(error).toMatchObject({ retryable: false, operation: 'download', key: 'file' });
    expect(read).toBeLessThan(LARGE);
  });

  it('can’t be told in a range', async () => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    await uploadAt(provider, path);
    await damage(path);
    const { body } = await provider.download('file', { range: { start: 1 } });
    expect((await readAll(body)).byteLength).toBe(LARGE - 1);
    const whole = await provider.download('file', { range: { start: 0 } });
    await rejection(readAll(whole.body), 'ChecksumMismatch');
  });

  /** Uploads, and lets the metadata name a time that `utimes` can set again. */
  async function uploadAt(
    provider: Awaited<ReturnType<typeof localStorage>>['provider'],
    path: string,
  ): Promise<void> {
    await provider.upload('file', large('a'));
    await utimes(path, 1_000_000_000, 1_000_000_000);
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    const meta = metaIn(join(path, '..'));
    const [name = ''] = await filesIn(meta);
    const hash = name.split('.')[0];
    await rename(
      join(meta, name),
      join(meta, `${hash}.${ino.toString(16)}-${mtimeNs.toString(16)}.json`),
    );
    expect((await provider.stat('file')).checksums.crc32).toBeDefined();
  }
});
