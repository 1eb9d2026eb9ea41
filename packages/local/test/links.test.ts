import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { isStorageError, readAll, type SkippedEntry } from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Descriptor } from '../src/descriptor.js';
import { standsAt } from '../src/links.js';
import { openRoot } from '../src/root.js';
import { type Hook, onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, temporaryDirectory } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

/** A root with a file, and a directory outside of it with a secret. */
async function besideSecret() {
  const outside = await temporaryDirectory();
  await writeFile(join(outside, 'secret'), 'secret');
  await mkdir(join(outside, 'deep'));
  const { provider, root } = await localStorage();
  await provider.upload('file', 'content');
  await provider.upload('dir/file', 'content');
  return { provider, root, outside };
}

describe('a symbolic link', () => {
  it.each([
    ['to a file outside', (_: string, outside: string) => join(outside, 'secret')],
    ['to a file inside', (root: string) => join(root, 'file')],
    ['to nothing', () => '/nowhere'],
    ['to itself', () => 'link'],
    ['to a directory', (_: string, outside: string) => outside],
  ])('%s is followed by no operation', async (_, target) => {
    const { provider, root, outside } = await besideSecret();
    const path = join(root, 'link');
    await symlink(target(root, outside), path);
    const calls = [
      () => provider.stat('link'),
      () => provider.exists('link'),
      () => provider.download('link'),
      () => provider.upload('link', 'x'),
      () => provider.upload('link', 'x', { condition: { type: 'absent' } }),
      () => provider.delete('link'),
      () => provider.copy('link', 'copy'),
      () => provider.copy('file', 'link'),
      () => provider.move('link', 'moved'),
    ];
    for (const call of calls) {
      const error = await rejection(call(), 'AccessDenied');
      expect(error.message).toMatch(/^link is a symbolic link/);
      expect(error.retryable).toBe(false);
    }
    expect(await readlink(path)).toBe(target(root, outside));
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(existsSync(join(root, 'copy'))).toBe(false);
  });

  it('in the place of a parent is followed by no operation', async () => {
    const { provider, root, outside } = await besideSecret();
    await symlink(outside, join(root, 'link'));
    await mkdir(join(root, 'a'));
    await symlink(outside, join(root, 'a/link'));
    for (const parent of ['link', 'a/link', 'link/deep', 'a/link/deep']) {
      const calls = [
        () => provider.stat(`${parent}/secret`),
        () => provider.exists(`${parent}/missing`),
        () => provider.download(`${parent}/secret`),
        () => provider.upload(`${parent}/new`, 'x'),
        () => provider.upload(`${parent}/new/new`, 'x'),
        () => provider.delete(`${parent}/secret`),
        () => provider.copy('file', `${parent}/copy`),
        () => provider.copy(`${parent}/secret`, 'copy'),
      ];
      for (const call of calls) {
        expect((await rejection(call(), 'AccessDenied')).message).toContain(
          'link is a symbolic link',
        );
      }
    }
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect((await stat(join(outside, 'deep'))).isDirectory()).toBe(true);
    expect(existsSync(join(outside, 'new'))).toBe(false);
  });

  it('in the place of a parent is seen before a body is read', async () => {
    const { provider, root, outside } = await besideSecret();
    await symlink(outside, join(root, 'link'));
    const body = new Readable({ read: () => expect.unreachable('the body is read') });
    await rejection(provider.upload('link/new', body), 'AccessDenied');
    expect(body.destroyed).toBe(true);
  });

  it('is not listed, nor what is below it', async () => {
    const { provider, root, outside } = await besideSecret();
    await symlink(outside, join(root, 'dir/link'));
    await symlink('file', join(root, 'alias'));
    const skipped: SkippedEntry[] = [];
    const keys: string[] = [];
    for await (const entry of provider.list({ onSkip: (skip) => skipped.push(skip) })) {
      keys.push(entry.type === 'file' ? entry.key : entry.prefix);
    }
    expect(keys).toEqual(['dir/file', 'file']);
    expect(skipped).toEqual([
      { reason: 'link', path: 'alias', detail: 'a symbolic link to file' },
      { reason: 'link', path: 'dir/link', detail: `a symbolic link to ${outside}` },
    ]);
    skipped.length = 0;
    for await (const _ of provider.list({
      prefix: 'dir/link/s',
      onSkip: (skip) => skipped.push(skip),
    }))
      expect.unreachable();
    expect(skipped).toMatchObject([{ reason: 'link', path: 'dir/link' }]);
    for await (const _ of provider.list({ prefix: 'dir/link/' })) expect.unreachable();
  });

  it('may be the root itself, or lead to it', async () => {
    const target = await temporaryDirectory();
    const around = await temporaryDirectory();
    await symlink(target, join(around, 'link'));
    await mkdir(join(target, 'sub'));
    for (const root of [join(around, 'link'), join(around, 'link/sub')]) {
      const { provider } = await localStorage({ root });
      await provider.upload('a/file', 'content');
      expect(`${await readAll((await provider.download('a/file')).body)}`).toBe('content');
      await provider.delete('a/file');
    }
    expect(existsSync(join(target, '.storage'))).toBe(true);
  });

  it.each(['.storage', '.storage/meta', '.storage/staging'])(
    'in the place of %s is refused by an upload',
    async (reserved) => {
      const outside = await temporaryDirectory();
      const { provider, root } = await localStorage();
      await mkdir(join(root, reserved, '..'), { recursive: true });
      await symlink(outside, join(root, reserved));
      await rejection(provider.upload('file', 'x'), 'AccessDenied');
      expect(existsSync(join(root, 'file'))).toBe(false);
    },
  );
});

describe('a link that is put in the place of a directory at the worst moment', () => {
  /** Exchanges a directory and a link, so that a path leads outside. */
  const swap = async (root: string, outside: string) => {
    await rename(join(root, 'dir'), join(root, 'kept'));
    await symlink(outside, join(root, 'dir'));
  };

  it('after the file was looked up, before it is opened', async () => {
    const { provider, root, outside } = await besideSecret();
    await writeFile(join(outside, 'file'), 'secret');
    let swapped = false;
    onCall(async (call, [path]) => {
      if (call !== 'open' || swapped || path !== join(root, 'dir/file')) return;
      swapped = true;
      await swap(root, outside);
    });
    await rejection(provider.download('dir/file'), 'AccessDenied');
    expect(swapped).toBe(true);
  });

  it('while it is opened, and taken away again before anybody looks', async () => {
    const { provider, root, outside } = await besideSecret();
    await writeFile(join(outside, 'file'), 'secret');
    let opened = 0;
    onCall(async (call, [path]) => {
      if (call === 'open' && path === join(root, 'dir/file') && opened++ === 0) {
        await swap(root, outside);
      } else if (call === 'fstat' && opened === 1) {
        opened = 2;
        await unlink(join(root, 'dir'));
        await rename(join(root, 'kept'), join(root, 'dir'));
      }
    });
    const { body } = await provider.download('dir/file');
    expect(`${await readAll(body)}`).toBe('content');
    expect(opened).toBeGreaterThan(2);
  });

  it('while it is opened, and whenever nobody looks', async () => {
    const { provider, root, outside } = await besideSecret();
    await writeFile(join(outside, 'file'), 'secret');
    const path = join(root, 'dir/file');
    const calls: string[] = [];
    onCall(async (call, [of]) => {
      if (call !== 'open' && call !== 'lstat') return;
      if (of !== path && of !== join(root, 'dir')) return;
      calls.push(call);
      const turn = calls.join(' ');
      if (turn === 'open' || turn === 'open lstat lstat lstat') await swap(root, outside);
      if (turn === 'open lstat') {
        await unlink(join(root, 'dir'));
        await rename(join(root, 'kept'), join(root, 'dir'));
      }
    });
    const { body } = await provider.download('dir/file');
    expect(`${await readAll(body)}`).toBe('content');
  });

  it('between the check of an upload and its rename', async () => {
    const { provider, root, outside } = await besideSecret();
    let swapped = false;
    onCall(async (call, [from, to]) => {
      if (call !== 'rename' || swapped || !String(from).includes('/staging/')) return;
      if (String(to).includes('/meta/')) return;
      swapped = true;
      await swap(root, outside);
    });
    await provider.upload('dir/new', 'x'); // into the directory that was opened
    expect(swapped).toBe(true);
    expect(existsSync(join(outside, 'new'))).toBe(false);
    expect(await readFile(join(root, 'kept/new'), 'utf8')).toBe('x');
  });

  it('between the check of a delete and its unlink', async () => {
    const { provider, root, outside } = await besideSecret();
    await writeFile(join(outside, 'file'), 'secret');
    let swapped = false;
    onCall(async (call) => {
      if (call !== 'unlink' || swapped) return;
      swapped = true;
      await swap(root, outside);
    });
    await provider.delete('dir/file');
    expect(swapped).toBe(true);
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('secret');
  });

  it('between the listing of a directory and its reading', async () => {
    const { provider, root, outside } = await besideSecret();
    let swapped = false;
    onCall(async (call, [path]) => {
      if (call !== 'open' || swapped || path !== join(root, 'dir')) return;
      swapped = true;
      await swap(root, outside);
    });
    for await (const entry of provider.list()) {
      expect(JSON.stringify(entry)).not.toContain('secret');
    }
    expect(swapped).toBe(true);
  });

  it('by somebody who does nothing else', async () => {
    const { provider, root, outside } = await besideSecret();
    await writeFile(join(outside, 'file'), 'secret');
    let swapping = true;
    const swapper = (async () => {
      while (swapping) {
        await swap(root, outside);
        await unlink(join(root, 'dir'));
        await rename(join(root, 'kept'), join(root, 'dir'));
      }
    })();
    const attempts = async () => {
      for (let i = 0; i < 500; i++) {
        try {
          const { body } = await provider.download('dir/file');
          expect(`${await readAll(body)}`).toBe('content');
        } catch (error) {
          if (!isStorageError(error)) throw error;
        }
      }
    };
    await attempts().finally(() => {
      swapping = false;
    });
    await swapper;
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('secret');
  });
});

describe('where no /proc tells the path of a descriptor', () => {
  const withoutProc = (hook: Hook = () => {}) =>
    onCall((call, args) => {
      if (call === 'readlinkSync') throw systemError('ENOENT');
      return hook(call, args);
    });

  it('all works the same', async () => {
    withoutProc();
    const { provider } = await localStorage();
    await provider.upload('a/b/file', 'content', { metadata: { a: '1' } });
    await provider.upload('a/b/file', 'again', { metadata: { a: '2' } });
    await provider.copy('a/b/file', 'c/d/copy');
    await provider.move('c/d/copy', 'e/moved');
    const { metadata, body } = await provider.download('e/moved');
    expect(metadata.metadata).toEqual({ a: '2' });
    expect(`${await readAll(body)}`).toBe('again');
    const keys: string[] = [];
    for await (const entry of provider.list()) keys.push(JSON.stringify(entry));
    expect(keys).toHaveLength(2);
    await provider.deleteMany(['a/b/file', 'e/moved']);
    for await (const _ of provider.list()) expect.unreachable();
  });

  it('links are refused all the same', async () => {
    const { provider, root, outside } = await besideSecret();
    withoutProc();
    await symlink(outside, join(root, 'link'));
    for (const call of [
      () => provider.download('link/secret'),
      () => provider.upload('link/new', 'x'),
      () => provider.delete('link/secret'),
      () => provider.copy('link/secret', 'copy'),
    ]) {
      await rejection(call(), 'AccessDenied');
    }
  });

  it('a file that is not the one at its path is not read', async () => {
    const { provider, root, outside } = await besideSecret();
    await writeFile(join(outside, 'file'), 'secret');
    let opened = 0;
    withoutProc(async (call, [path]) => {
      if (call === 'open' && path === join(root, 'dir/file') && opened++ === 0) {
        await rename(join(root, 'dir'), join(root, 'kept'));
        await symlink(outside, join(root, 'dir'));
      } else if (call === 'fstat' && opened === 1) {
        opened = 2;
        await unlink(join(root, 'dir'));
        await rename(join(root, 'kept'), join(root, 'dir'));
      }
    });
    const { body } = await provider.download('dir/file');
    expect(`${await readAll(body)}`).toBe('content');
    expect(opened).toBeGreaterThan(2);
  });

  it('a descriptor stands at a path if what it has open is there', async () => {
    const { root } = await besideSecret();
    withoutProc();
    const descriptor = await Descriptor.open(join(root, 'file'), 0);
    const opened = await openRoot(root, {
      create: false,
      durability: 'fsync',
      native: undefined,
    });
    expect(opened.traceable).toBe(false);
    expect(await standsAt(descriptor, opened, ['file'])).toBe(true);
    expect(await standsAt(descriptor, opened, ['dir', 'file'])).toBe(false);
    await descriptor.close();
  });

  it('a copy whose original is replaced meanwhile is a Conflict', async () => {
    const { provider, root } = await besideSecret();
    withoutProc(async (call) => {
      if (call !== 'copyFile') return;
      await writeFile(join(root, 'new'), 'replaced');
      await rename(join(root, 'new'), join(root, 'file'));
    });
    await rejection(provider.copy('file', 'copy'), 'Conflict');
    expect(existsSync(join(root, 'copy'))).toBe(false);
  });
});

describe('what is neither a file, a directory nor a link', () => {
  it('is no file, does not block a reader, and is in the way of an upload', async () => {
    const { provider, root } = await localStorage();
    expect(spawnSync('mkfifo', [join(root, 'fifo')]).status).toBe(0);
    const server = createServer().listen(join(root, 'socket'));
    onTestFinished(() => void server.close());
    await new Promise((listening) => server.once('listening', listening));
    for (const key of ['fifo', 'socket']) {
      await rejection(provider.stat(key), 'NotFound');
      await rejection(provider.download(key), 'NotFound');
      await rejection(provider.upload(key, 'x'), 'InvalidKey');
      await provider.delete(key);
      expect(existsSync(join(root, key))).toBe(true);
    }
    const skipped: SkippedEntry[] = [];
    for await (const _ of provider.list({ onSkip: (skip) => skipped.push(skip) }))
      expect.unreachable();
    expect(skipped.map(({ reason, path }) => `${reason} ${path}`)).toEqual([
      'special fifo',
      'special socket',
    ]);
  });

  it('in the place of metadata is an error, and does not block a reader', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x');
    const [path = ''] = await filesIn(metaIn(root));
    await rm(join(metaIn(root), path));
    expect(spawnSync('mkfifo', [join(metaIn(root), path)]).status).toBe(0);
    await rejection(provider.stat('file'), 'Unknown');
  });

  it('a directory is no file, and a delete leaves it', async () => {
    const { provider, root } = await localStorage();
    await mkdir(join(root, 'a/b'), { recursive: true });
    await rejection(provider.stat('a'), 'NotFound');
    await rejection(provider.download('a/b'), 'NotFound');
    expect(await provider.exists('a')).toBe(false);
    await provider.delete('a');
    await provider.delete('a/b');
    expect(existsSync(join(root, 'a/b'))).toBe(true);
    await rm(join(root, 'a'), { recursive: true });
  });
});

describe('keys that look like ways out', () => {
  it.each([
    '../secret',
    'a/../../secret',
    '/etc/passwd',
    './file',
    'a/./b',
    'a//b',
    'a/',
    '..',
    'a\0b',
  ])('%j is refused by every operation', async (key) => {
    const { provider } = await besideSecret();
    for (const call of [
      () => provider.stat(key),
      () => provider.exists(key),
      () => provider.download(key),
      () => provider.upload(key, 'x'),
      () => provider.delete(key),
      () => provider.copy(key, 'copy'),
      () => provider.copy('file', key),
      () => provider.move('file', key),
    ]) {
      await rejection(call(), 'InvalidKey');
    }
  });

  it.each(['../', '../s', '/', 'a/../', './', '.storage/', '.storage/meta/', '.stor'])(
    'the prefix %j lists nothing',
    async (prefix) => {
      const { provider } = await besideSecret();
      for await (const entry of provider.list({ prefix })) {
        expect.unreachable(JSON.stringify(entry));
      }
    },
  );

  it('a backslash is a letter like any other, on POSIX', async () => {
    const { provider, root } = await besideSecret();
    await provider.upload('..\\..\\x', 'x');
    expect(existsSync(join(root, '..\\..\\x'))).toBe(true);
  });
});
