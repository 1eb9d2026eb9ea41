import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  link,
  open,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type Download, readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { checkUnchanged } from '../src/stable-stream.js';
import { onCall, systemError } from './faults.js';
import { localStorage, rejection } from './fixtures.js';
import { eventually, openDescriptors } from './open-descriptors.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const KIB = 1024;
const LARGE = 2 * KIB * KIB;

const large = (letter: string) => Buffer.alloc(LARGE, letter);

/** Reads the first chunk, lets something happen, and reads the rest. */
async function interrupted({ body }: Download, happen: () => unknown): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let happened = false;
  for await (const chunk of body) {
    chunks.push(chunk);
    if (happened) continue;
    happened = true;
    await happen();
  }
  return Buffer.concat(chunks);
}

describe('a reader who has opened a file', () => {
  it('keeps reading it whole when it is replaced', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', large('a'));
    const download = await provider.download('file');
    const read = await interrupted(download, () => provider.upload('file', large('b')));
    expect(read.equals(large('a'))).toBe(true);
  });

  it('keeps reading it whole when it is deleted', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a/file', large('a'));
    const read = await interrupted(await provider.download('a/file'), async () => {
      await provider.delete('a/file');
      expect(existsSync(join(root, 'a'))).toBe(false);
    });
    expect(read.equals(large('a'))).toBe(true);
  });

  it('keeps reading it whole when it gets a second name, or loses it', async () => {
    const { provider, root } = await localStorage();
    const [one, two] = [join(root, 'one'), join(root, 'two')];
    await provider.upload('one', large('a'));
    const linked = await interrupted(await provider.download('one'), () => link(one, two));
    const unlinked = await interrupted(await provider.download('one'), () => rm(two));
    expect([linked, unlinked].every((read) => read.equals(large('a')))).toBe(true);
  });

  it('a plain file too', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'plain'), large('p'));
    const read = await interrupted(await provider.download('plain'), () => rm(join(root, 'plain')));
    expect(read.equals(large('p'))).toBe(true);
  });

  const sameTimes = async (path: string, change: () => Promise<void>) => {
    const { atime, mtime } = await stat(path);
    await change();
    await utimes(path, atime, mtime);
  };
  const overwrite = async (path: string, position: number) => {
    const handle = await open(path, 'r+');
    await handle.write('changed', position);
    await handle.close();
  };

  it.each([
    ['is overwritten in place', (path: string) => overwrite(path, LARGE - 10)],
    ['is overwritten where it was read already', (path: string) => overwrite(path, 0)],
    ['grows', (path: string) => appendFile(path, 'more')],
    ['is cut', (path: string) => truncate(path, LARGE / 2)],
    ['is emptied', (path: string) => truncate(path, 0)],
    [
      'is overwritten by somebody who sets the time back',
      (path: string) => sameTimes(path, () => overwrite(path, LARGE - 10)),
    ],
    ['gets other permissions, which can’t be told from that', (path: string) => chmod(path, 0o600)],
  ])('gets a Conflict in place of the end if it %s', async (_, change) => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    for (const make of [
      () => writeFile(path, large('a')),
      () => provider.upload('file', large('a')),
    ]) {
      await make();
      // A whole second, which utimes can set exactly.
      await utimes(path, 1_000_000_000, 1_000_000_000);
      const download = await provider.download('file');
      let bytes = 0;
      const reading = interrupted(download, () => change(path)).then((read) => {
        bytes = read.byteLength;
      });
      const error = await rejection(reading, 'Conflict');
      expect(error).toMatchObject({ retryable: true, operation: 'download', key: 'file' });
      expect(error.message).toContain('changed while it was being read');
      expect(bytes).toBe(0);
    }
  });

  it('of a range gets a Conflict as well', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', large('a'));
    const download = await provider.download('file', { range: { start: 10, end: LARGE - 10 } });
    const reading = interrupted(download, () => overwrite(join(root, 'file'), 0));
    await rejection(reading, 'Conflict');
  });

  it('never gets the last byte of a file that has changed', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'file'), 'short');
    const { body } = await provider.download('file');
    await appendFile(join(root, 'file'), 'er');
    const seen: Buffer[] = [];
    body.on('data', (chunk: Buffer) => seen.push(chunk));
    await rejection(new Promise((_, reject) => body.on('error', reject)), 'Conflict');
    expect(seen).toEqual([]);
  });
});

describe('two looks at a file', () => {
  const at = { size: 1n, mtimeNs: 1n, ctimeNs: 1n, nlink: 1n };
  const looks = (...seen: (typeof at)[]) => ({
    stat: async () => seen.shift() ?? expect.unreachable('one look more'),
  });

  it.each([
    ['nothing happened', at, [at]],
    ['it got a name', at, [{ ...at, ctimeNs: 2n, nlink: 2n }]],
    ['it was replaced', at, [{ ...at, ctimeNs: 2n, nlink: 0n }]],
    [
      'it was being replaced at the second look',
      at,
      [
        { ...at, ctimeNs: 2n },
        { ...at, ctimeNs: 2n, nlink: 0n },
      ],
    ],
    [
      'it was being replaced at the first look',
      { ...at, nlink: 0n },
      [{ ...at, ctimeNs: 2n, nlink: 0n }],
    ],
  ])('tell that %s, which is no change of its content', async (_, before, after) => {
    await checkUnchanged('file', before, looks(...after));
  });

  it.each([
    ['another size', { ...at, size: 2n }],
    ['another time', { ...at, mtimeNs: 2n }],
    ['another status', { ...at, ctimeNs: 2n }],
    ['another size, and no name', { ...at, size: 2n, nlink: 0n }],
  ])('that tell of %s are a Conflict', async (_, after) => {
    await expect(checkUnchanged('file', at, looks(after, after))).rejects.toMatchObject({
      code: 'Conflict',
    });
  });
});

describe('errors while a file is read', () => {
  it.each([
    ['read', 'EIO', 'Unavailable', true],
    ['fstat', 'ESTALE', 'Unavailable', true],
  ] as const)('%s: %s is %s', async (call, errno, code, retryable) => {
    const { provider, root } = await localStorage();
    await provider.upload('file', large('a'));
    const { body } = await provider.download('file');
    onCall((name) => {
      if (name === call) throw systemError(errno);
    });
    const error = await rejection(readAll(body), code);
    expect(error).toMatchObject({
      retryable,
      operation: 'download',
      provider: 'local',
      key: 'file',
    });
    await eventually(async () => (await openDescriptors(root)) === 0);
  });

  it('the system may give fewer bytes than asked for', async () => {
    const { provider } = await localStorage();
    const content = Buffer.from('0123456789'.repeat(1000));
    await provider.upload('file', content);
    onCall((name, args) => {
      if (name === 'read') args[3] = Math.min(Number(args[3]), 37);
    });
    const { body, metadata } = await provider.download('file');
    expect((await readAll(body)).equals(content)).toBe(true);
    expect(metadata.checksums.sha256).toBeDefined();
  });

  it.each(['EMFILE', 'ENFILE', 'EAGAIN'])(
    '%s at opening is retryable, not an absence',
    async (errno) => {
      const { provider } = await localStorage();
      await provider.upload('file', 'x');
      onCall((name) => {
        if (name === 'open') throw systemError(errno);
      });
      for (const call of [
        () => provider.exists('file'),
        () => provider.stat('file'),
        () => provider.download('file'),
      ]) {
        expect(await rejection(call(), 'Unavailable')).toMatchObject({ retryable: true });
      }
    },
  );
});
