import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { failOn, onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const MIB = 1024 * 1024;

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(64 * 1024, 'x');
}

describe('an upload', () => {
  it('is a plain file under its key, which other programs can read', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('folder/sub/Übersicht 日本.txt', 'content');
    expect(await readFile(join(root, 'folder/sub/Übersicht 日本.txt'), 'utf8')).toBe('content');
    expect(await filesIn(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });

  it('has one ETag, for upload, stat, download and list', async () => {
    const { provider } = await localStorage();
    for (const condition of [undefined, { type: 'absent' }] as const) {
      await provider.delete('a/file');
      const { etag } = await provider.upload('a/file', 'content', { condition });
      expect(etag).toMatch(/^[0-9a-f]+(-[0-9a-f]+){2}$/);
      expect((await provider.stat('a/file')).etag).toBe(etag);
      const { metadata, body } = await provider.download('a/file');
      body.destroy();
      expect(metadata.etag).toBe(etag);
      for await (const entry of provider.list()) expect(entry).toMatchObject({ etag });
    }
  });

  it('gets another ETag with the same content, size and time', async () => {
    const { provider } = await localStorage();
    const etags = new Set<string>();
    for (let i = 0; i < 20; i++) etags.add((await provider.upload('file', 'same')).etag);
    expect(etags.size).toBe(20);
  });

  it('keeps the permissions of the file that it replaces', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'old');
    await chmod(join(root, 'file'), 0o640);
    const { etag } = await provider.upload('file', 'new');
    expect((await stat(join(root, 'file'))).mode & 0o777).toBe(0o640);
    expect((await provider.stat('file')).etag).toBe(etag);
  });

  it('reads no more of a body than it can write', async () => {
    const { provider } = await localStorage();
    let given = 0;
    let taken = 0;
    let most = 0;
    const body = (async function* () {
      for (; given < 64 * MIB; given += MIB) {
        most = Math.max(most, given - taken);
        yield Buffer.alloc(MIB);
      }
    })();
    await provider.upload('file', body, {
      onProgress: (bytes) => {
        taken = bytes;
      },
    });
    expect(taken).toBe(64 * MIB);
    expect(most).toBeLessThan(8 * MIB);
  });

  it('gathers tiny chunks before it writes them', async () => {
    const { provider } = await localStorage();
    let writes = 0;
    onCall((call) => {
      if (call === 'handle.write') writes++;
    });
    const chunks = Array.from({ length: 10_000 }, () => Buffer.from('0123456789'));
    await provider.upload('file', Readable.from(chunks));
    expect(writes).toBe(1);
    const { body } = await provider.download('file');
    expect((await readAll(body)).equals(Buffer.concat(chunks))).toBe(true);
  });

  it('goes on where the system wrote only a part', async () => {
    const { provider } = await localStorage();
    const content = Buffer.from('0123456789'.repeat(100));
    let cut = 0;
    onCall((call, args) => {
      if (call === 'handle.write' && cut++ === 0) args[3] = 7; // the length, as write(2) may choose
    });
    await provider.upload('file', content);
    expect(cut).toBeGreaterThan(1);
    const { body } = await provider.download('file');
    expect((await readAll(body)).equals(content)).toBe(true);
  });

  it('stops reading a body that is longer than announced', async () => {
    const { provider, root } = await localStorage();
    await rejection(provider.upload('file', endless(), { contentLength: MIB }), 'ChecksumMismatch');
    expect(await filesIn(root)).toEqual([]);
  });
});

describe('a failed upload', () => {
  const failures = [
    ['a full disk', 'handle.write', 'ENOSPC', 'QuotaExceeded', false],
    ['a quota', 'handle.write', 'EDQUOT', 'QuotaExceeded', false],
    ['a file that is too large', 'handle.write', 'EFBIG', 'TooLarge', false],
    ['a broken disk', 'handle.sync', 'EIO', 'Unavailable', true],
    ['too many open files', 'open', 'EMFILE', 'Unavailable', true],
    ['a read-only file system', 'open', 'EROFS', 'AccessDenied', false],
    ['a failing rename', 'rename', 'EIO', 'Unavailable', true],
    ['a name that is too long', 'rename', 'ENAMETOOLONG', 'InvalidKey', false],
  ] as const;

  it.each(failures)(
    'because of %s leaves the old file, and no trace',
    async (_, call, errno, code, retryable) => {
      const { provider, root } = await localStorage();
      const old = await provider.upload('a/file', 'old', { metadata: { version: 'old' } });
      const before = await filesIn(root);
      failOn(call, '/staging/', errno);
      const error = await rejection(provider.upload('a/file', 'new'), code);
      expect(error).toMatchObject({ retryable, key: 'a/file', provider: 'local' });
      expect(error.message).toMatch(/^upload of a\/file failed: .+/);
      expect(error.message).not.toContain(root);
      await rejection(provider.upload('new/folder/file', 'new'), code);
      onCall(() => {});
      expect(await filesIn(root)).toEqual(before);
      expect(await provider.stat('a/file')).toEqual(old);
      await expect(stat(join(root, 'new'))).rejects.toThrow('ENOENT');
    },
  );

  it('removes the directories that it has made, and those only', async () => {
    const { provider, root } = await localStorage();
    await mkdir(join(root, 'there'));
    onCall((call, [from, to]) => {
      if (call === 'rename' && !String(to).includes('/meta/') && String(from).includes('/staging/'))
        throw systemError('EIO');
    });
    await rejection(provider.upload('there/new/sub/file', 'x'), 'Unavailable');
    expect((await stat(join(root, 'there'))).isDirectory()).toBe(true);
    await expect(stat(join(root, 'there/new'))).rejects.toThrow('ENOENT');
    expect(await filesIn(root)).toEqual([]);
  });

  it('that is aborted between the last byte and the rename leaves the old file', async () => {
    const { provider, root } = await localStorage();
    const old = await provider.upload('file', 'old');
    const before = await filesIn(root);
    const abort = new AbortController();
    onCall((call) => {
      if (call === 'handle.sync') abort.abort();
    });
    await rejection(provider.upload('file', 'new', { signal: abort.signal }), 'Aborted');
    expect(await provider.stat('file')).toEqual(old);
    expect(await filesIn(root)).toEqual(before);
  });

  it('tells an error of its body from one of the disk', async () => {
    const { provider, root } = await localStorage();
    const body = new Readable({
      read() {
        this.destroy(Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' }));
      },
    });
    const error = await rejection(provider.upload('file', body), 'Unknown');
    expect(error.message).toBe('the body could not be read: no such file');
    expect(await filesIn(root)).toEqual([]);
  });

  it('that finds a directory, a socket or a file in its way says so before it reads its body', async () => {
    const { provider, root } = await localStorage();
    await mkdir(join(root, 'directory'));
    await provider.upload('file', 'x');
    for (const key of ['directory', 'file/below', 'file/far/below']) {
      const body = new Readable({ read: () => expect.unreachable('the body is read') });
      const error = await rejection(provider.upload(key, body), 'InvalidKey');
      expect(error.message).toContain('choose another key');
      expect(body.destroyed).toBe(true);
    }
  });
});

describe('what goes on around an upload', () => {
  it('makes its directories again if a delete next door has removed them', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a/b/other', 'x');
    let lost = 0;
    onCall(async (call, [from, to]) => {
      if (call !== 'rename' || !String(from).includes('/staging/') || lost === 3) return;
      if (String(to).includes('/meta/')) return;
      lost++;
      await rm(join(root, 'a'), { recursive: true });
    });
    await provider.upload('a/b/file', 'content');
    expect(lost).toBe(3);
    expect(await readFile(join(root, 'a/b/file'), 'utf8')).toBe('content');
  });

  it('uploads and deletes in one directory do not disturb each other', async () => {
    const { provider } = await localStorage();
    const work = async (name: string) => {
      for (let i = 0; i < 40; i++) {
        await provider.upload(`a/b/c/${name}`, name);
        await provider.delete(`a/b/c/${name}`);
      }
    };
    await Promise.all(['1', '2', '3', '4'].map(work));
    for await (const entry of provider.list()) expect.unreachable(JSON.stringify(entry));
  });

  it('a temporary file that somebody removes is a Conflict', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('other', 'x');
    onCall(async (call, [from, to]) => {
      if (call === 'rename' && !String(to).includes('/meta/')) await rm(String(from));
    });
    const error = await rejection(provider.upload('a/file', 'x'), 'Conflict');
    expect(error.retryable).toBe(true);
    expect(error.message).toContain('temporary file');
    expect((await filesIn(root)).filter((path) => !path.startsWith('.'))).toEqual(['other']);
  });

  it('reserved directories that somebody removes are made again', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a', 'x');
    await rm(join(root, '.storage'), { recursive: true });
    await provider.upload('b', 'x');
    await rm(join(root, '.storage'), { recursive: true });
    await provider.copy('a', 'c');
    expect((await filesIn(root)).filter((path) => !path.startsWith('.'))).toEqual(['a', 'b', 'c']);
  });

  it('a root that is only read is not changed', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'file'), 'x');
    await provider.stat('file');
    await provider.delete('missing/file');
    for await (const _ of provider.list());
    expect(await filesIn(root)).toEqual(['file']);
  });
});

describe('what is acknowledged', () => {
  /** What an overwrite does, in the order in which it is begun; `late` is not made before nothing else is begun any more. */
  async function stepsOf(late?: string): Promise<readonly string[]> {
    const { provider } = await localStorage();
    await provider.upload('before/file', 'x');
    const steps: string[] = [];
    const nameOf = (call: string, path: string) => {
      if (call === 'handle.sync') return path.endsWith('.json') ? 'sync metadata' : 'sync body';
      if (call === 'fsync') return 'sync directory';
      return call === 'rename' ? 'name body' : undefined;
    };
    let held = false;
    onCall(async (call, [path]) => {
      const step = nameOf(call, String(path));
      if (step === undefined) return;
      if (step === late && !held) {
        held = true;
        let seen = -1;
        for (let turns = 0; turns < 100; turns++) {
          if (steps.length !== seen) turns = 0;
          seen = steps.length;
          await new Promise((turn) => setImmediate(turn));
        }
      }
      steps.push(step);
    });
    await provider.upload('before/file', 'y');
    return steps;
  }

  it('was synced before: content, metadata and their directory ahead of the name, then the name', async () => {
    const before = ['sync body', 'sync directory', 'sync metadata'];
    for (const late of [undefined, ...before]) {
      const steps = await stepsOf(late);
      expect(steps.slice(0, 3).toSorted(), late).toEqual(before);
      expect(steps.slice(3), late).toEqual(['name body', 'sync directory']);
    }
  });

  it('fails only when nothing is synced any more: what is synced is closed then', async () => {
    const { provider } = await localStorage();
    await provider.upload('before/file', 'x');
    const steps: string[] = [];
    onCall(async (call, [path]) => {
      if (call !== 'handle.sync' && call !== 'handle.close') return;
      if (!String(path).endsWith('.json')) {
        if (call === 'handle.sync') throw systemError('EIO');
        return;
      }
      if (call === 'handle.sync')
        for (let turn = 0; turn < 100; turn++) await new Promise((next) => setImmediate(next));
      steps.push(call);
    });
    await rejection(provider.upload('before/file', 'y'), 'Unavailable');
    expect(steps).toEqual(['handle.sync', 'handle.close']);
  });

  it('a delete is synced before it is acknowledged', async () => {
    const { provider } = await localStorage();
    await provider.upload('a/file', 'x');
    const calls: string[] = [];
    onCall((call, [path]) => {
      if (String(path).includes('/meta/')) return;
      if (['unlink', 'fsync', 'rmdir'].includes(call)) calls.push(call);
    });
    await provider.delete('a/file');
    expect(calls).toEqual(['unlink', 'fsync', 'rmdir']);
  });

  it('new directories are synced, each in its parent', async () => {
    const { provider } = await localStorage();
    await provider.upload('other', 'x');
    const calls: string[] = [];
    onCall((call, [path]) => {
      if (call === 'mkdir' && !String(path).includes('/meta/')) calls.push('mkdir');
      else if (call === 'fsync') calls.push('sync');
      else if (call === 'rename' && !String(path).endsWith('.json')) calls.push('rename');
    });
    await provider.upload('a/b/c/file', 'x');
    const from = calls.indexOf('mkdir');
    expect(calls.slice(from)).toEqual([
      'mkdir',
      'sync',
      'mkdir',
      'sync',
      'mkdir',
      'sync',
      'rename',
      'sync',
    ]);
  });

  it('a directory that many upload to is synced less often than they are many', async () => {
    const { provider } = await localStorage();
    await provider.upload('a/first', 'x');
    let syncs = 0;
    let renames = 0;
    onCall(async (call, [from, to]) => {
      if (call === 'fsync') syncs++;
      if (call === 'rename' && !String(to).includes('/meta/') && String(from).includes('/staging/'))
        renames++;
    });
    await Promise.all(Array.from({ length: 100 }, (_, i) => provider.upload(`a/${i}`, 'x')));
    expect(renames).toBe(100);
    expect(syncs).toBeLessThan(390); // shard made, shard, directory: three each, and some shared
  });
});
