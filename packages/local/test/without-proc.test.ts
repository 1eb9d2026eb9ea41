import { existsSync } from 'node:fs';
import { rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { Descriptor } from '../src/descriptor.js';
import { standsAt } from '../src/links.js';
import { openRoot } from '../src/root.js';
import { besideSecret } from './beside-secret.js';
import { type Hook, onCall, systemError } from './faults.js';
import { localStorage, rejection } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

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
