import { randomBytes } from 'node:crypto';
import { mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import type { LocalStorageProvider } from '../src/index.js';
import { onCall, systemError } from './faults.js';
import {
  filesIn,
  localStorage,
  metaIn,
  rejection,
  stagingIn,
  temporaryDirectory,
} from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromisesHere(await original()),
);
vi.mock('node:fs', async (original) => (await import('./faults.js')).hookAtOnce(await original()));
// Whether a call of another process or a busy machine makes one slow is nothing that these tests are about.
vi.mock('../src/promptness.js', async (original) => {
  const actual = await original<typeof import('../src/promptness.js')>();
  class Untiring extends actual.Promptness {
    override async call<T>(atOnce: () => T, elsewhere: () => Promise<T>): Promise<T> {
      return this.immediate ? atOnce() : elsewhere();
    }
  }
  return { ...actual, Promptness: Untiring };
});

/** As nothing watches them. */
const fs = process.getBuiltinModule('node:fs');

const KIB = 1024;

const content = async (provider: LocalStorageProvider, key: string) =>
  `${await readAll((await provider.download(key)).body)}`;

/** The calls that are made while something runs. */
async function callsOf(run: () => Promise<unknown>): Promise<readonly string[]> {
  const calls: string[] = [];
  onCall((call) => void calls.push(call));
  await run();
  onCall(() => {});
  return calls;
}

/** Something that happens once, before the first of the calls that it is for. */
function once(isFor: (call: string, path: string) => boolean, happen: () => void) {
  const state = { happened: false };
  onCall((call, [path]) => {
    if (state.happened || !isFor(call, String(path))) return;
    state.happened = true;
    happen();
  });
  return state;
}

const OF_THREADS = /^(?!.*Sync$)/;

describe.skipIf(process.platform !== 'linux')('without a trip to another thread', () => {
  it.each(['ours', 'plain'])('a small file is read: %s', async (key) => {
    const { provider, root } = await localStorage();
    await provider.upload('ours', randomBytes(16 * KIB), { metadata: { a: '1' } });
    await writeFile(join(root, 'plain'), randomBytes(16 * KIB));
    const calls = await callsOf(async () => {
      await content(provider, key);
      await provider.stat(key);
    });
    expect(calls).toContain('readSync');
    expect(calls.filter((call) => OF_THREADS.test(call))).toEqual([]);
  });

  it('a small file is written and deleted, where nothing is synced', async () => {
    const { provider, root } = await localStorage({ durability: 'relaxed' });
    const write = () => provider.upload('file', randomBytes(16 * KIB), { metadata: { a: '1' } });
    await write();
    const calls = await callsOf(async () => {
      await write();
      await provider.delete('file');
      await provider.upload('file', 'x', { condition: { type: 'absent' } });
    });
    expect(calls).toContain('writeSync');
    expect(calls.filter((call) => OF_THREADS.test(call))).toEqual([]);
    expect(fs.readdirSync(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });
});

describe('what may wait for long is left to other threads', () => {
  it('syncs', async () => {
    const { provider } = await localStorage();
    const calls = await callsOf(() => provider.upload('a/file', 'x'));
    expect(calls.filter((call) => call === 'fsync')).not.toHaveLength(0);
    expect(calls.filter((call) => /^f(data)?syncSync$/.test(call))).toEqual([]);
  });

  it('the bytes of large files, and what frees them', async () => {
    const { provider } = await localStorage({ durability: 'relaxed' });
    const large = randomBytes(2 * KIB * KIB);
    let most = 0;
    const calls: string[] = [];
    onCall((call, [first, , , length]) => {
      if (call === 'readSync' || call === 'writeSync') most = Math.max(most, Number(length));
      if (/^(rename|unlink)(Sync)?$/.test(call) && !String(first).endsWith('.json'))
        calls.push(call);
    });
    await provider.upload('file', large);
    expect((await readAll((await provider.download('file')).body)).equals(large)).toBe(true);
    await provider.upload('file', 'small');
    await provider.upload('file', large);
    await provider.delete('file');
    expect(calls).toEqual(['renameSync', 'rename', 'renameSync', 'unlink']);
    expect(most).toBeLessThanOrEqual(64 * KIB);
  });

  it('a root that is not known to be on this machine', async () => {
    const { provider } = await localStorage();
    onCall((call) => {
      if (call === 'statfs') return () => ({ type: 0x6969 }); // NFS
      if (call.endsWith('Sync') && call !== 'readlinkSync') expect.unreachable(call);
      return undefined;
    });
    await provider.upload('file', 'x');
    expect(await content(provider, 'file')).toBe('x');
    await provider.delete('file');
  });
});

describe('at once, as ever', () => {
  it('a reader whose file is replaced between the body and the metadata gets the new ones', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'old', { metadata: { version: 'old' } });
    await provider.upload('new', 'new!', { metadata: { version: 'new' } });
    const metaOf = async (key: string) => {
      const files = await filesIn(metaIn(root));
      const texts = files.map((path) => fs.readFileSync(join(metaIn(root), path), 'utf8'));
      return files[texts.findIndex((text) => text.includes(`"key":"${key}"`))] ?? '';
    };
    const [oldMeta, newMeta] = [await metaOf('file'), await metaOf('new')];
    const [hash = ''] = oldMeta.split('.');
    const [, identity] = newMeta.split('.');
    const replaced = once(
      (call, path) => call === 'openSync' && path.includes('/meta/'),
      () => {
        const text = fs.readFileSync(join(metaIn(root), newMeta), 'utf8');
        fs.writeFileSync(
          join(metaIn(root), `${hash}.${identity}.json`),
          text.replace('"key":"new"', '"key":"file"'),
        );
        fs.renameSync(join(root, 'new'), join(root, 'file'));
        fs.rmSync(join(metaIn(root), oldMeta));
      },
    );
    const { metadata, body } = await provider.download('file');
    expect(replaced.happened).toBe(true);
    expect(metadata).toMatchObject({ size: 4, metadata: { version: 'new' } });
    expect(`${await readAll(body)}`).toBe('new!');
  });

  it('a reader gets a Conflict in place of the end of a file that was overwritten in place', async () => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    for (const make of [
      () => writeFile(path, 'content'),
      () => provider.upload('file', 'content'),
    ]) {
      await make();
      const { body } = await provider.download('file');
      const changed = once(
        (call) => call === 'readSync',
        () => fs.writeFileSync(path, 'changed content'),
      );
      await rejection(readAll(body), 'Conflict');
      expect(changed.happened).toBe(true);
    }
  });

  it('content that is not what was stored is a ChecksumMismatch', async () => {
    const { provider, root } = await localStorage();
    const { checksums } = await provider.upload('file', 'content');
    const [path = ''] = await filesIn(metaIn(root));
    const file = join(metaIn(root), path);
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replace(checksums.crc32 ?? '', '00000000'));
    const { body } = await provider.download('file');
    await rejection(readAll(body), 'ChecksumMismatch');
  });

  it('a directory that is a link while the file is opened leads nowhere', async () => {
    const outside = await temporaryDirectory();
    const { provider, root } = await localStorage();
    await provider.upload('dir/file', 'content');
    await writeFile(join(outside, 'file'), 'secret');
    await rename(join(root, 'dir'), join(root, 'kept'));
    await symlink(outside, join(root, 'dir'));
    const restored = once(
      (call) => call === 'fstatSync', // the file outside is open by now
      () => {
        fs.unlinkSync(join(root, 'dir'));
        fs.renameSync(join(root, 'kept'), join(root, 'dir'));
      },
    );
    expect(await content(provider, 'dir/file')).toBe('content');
    expect(restored.happened).toBe(true);
  });

  it.each([
    ['openSync', /\/staging\/[^/]+[0-9a-f]$/, 'EMFILE', 'Unavailable'],
    ['writeSync', undefined, 'ENOSPC', 'QuotaExceeded'],
    ['futimesSync', undefined, 'EIO', 'Unavailable'],
    ['openSync', /\/meta\/.*\.json$/, 'ENOSPC', 'QuotaExceeded'],
    ['renameSync', /\/staging\/[^/]+[0-9a-f]$/, 'EIO', 'Unavailable'],
  ] as const)(
    'a write that fails at %s of %s leaves the old file, and no trace',
    async (call, of, errno, code) => {
      const { provider, root } = await localStorage();
      const old = await provider.upload('file', 'old', { metadata: { version: 'old' } });
      const before = await filesIn(root);
      let failed = false;
      onCall((name, [path]) => {
        if (name !== call || !(of ?? /./).test(String(path))) return;
        failed = true;
        throw systemError(errno);
      });
      await rejection(provider.upload('file', 'new'), code);
      await rejection(provider.upload('new/file', 'new'), code);
      expect(failed).toBe(true);
      onCall(() => {});
      expect(await filesIn(root)).toEqual(before);
      expect(await provider.stat('file')).toEqual(old);
      await expect(stat(join(root, 'new'))).rejects.toThrow('ENOENT');
    },
  );

  it('a write goes on where the system wrote only a part', async () => {
    const { provider } = await localStorage();
    let cut = 0;
    onCall((call, args) => {
      if (call === 'writeSync') args[3] = Math.min(Number(args[3]), 7);
      if (call === 'writeSync') cut++;
    });
    await provider.upload('file', '0123456789'.repeat(10), { metadata: { a: 'x'.repeat(100) } });
    expect(cut).toBeGreaterThan(10);
    onCall(() => {});
    expect(await content(provider, 'file')).toBe('0123456789'.repeat(10));
    expect((await provider.stat('file')).metadata).toEqual({ a: 'x'.repeat(100) });
  });

  it('a file keeps the permissions of the one that it replaces', async () => {
    const { provider, root } = await localStorage();
    await mkdir(join(root, 'a'));
    await writeFile(join(root, 'a/file'), 'old', { mode: 0o600 });
    await provider.upload('a/file', 'new');
    expect((await stat(join(root, 'a/file'))).mode & 0o777).toBe(0o600);
  });
});
