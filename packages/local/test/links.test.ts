import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readAll, type SkippedEntry } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { besideSecret } from './beside-secret.js';
import { localStorage, rejection, temporaryDirectory } from './fixtures.js';

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
