import { existsSync } from 'node:fs';
import { readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isStorageError, readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { besideSecret } from './beside-secret.js';
import { onCall } from './faults.js';
import { rejection } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

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
