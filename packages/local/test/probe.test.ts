import { afterEach, describe, expect, it, vi } from 'vitest';
import { stripeName } from '../src/key-locks.js';
import { nativeLocks } from '../src/native-locks.js';
import { buildForChildren, startChild } from './child.js';
import { onCall, SKIP, systemError } from './faults.js';
import { filesIn, localStorage, rejection } from './fixtures.js';

/** The number of ext4 in statfs(2). */
const EXT4 = { type: 0xef53 };

const NFS = { type: 0x6969 };

let fileSystem = EXT4;

afterEach(() => {
  fileSystem = EXT4;
});

vi.mock('node:fs/promises', async (original) => {
  const hooked = (await import('./faults.js')).hookPromises(await original<object>());
  return { ...hooked, statfs: async () => fileSystem };
});
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);
vi.mock(import('../src/native-locks.js'), async (original) => {
  const actual = await original();
  return { nativeLocks: vi.fn(actual.nativeLocks) };
});

buildForChildren();

const matches = (support: string) => ({
  conditionalUpdate: support,
  conditionalDelete: support,
  conditionalCopyUpdate: support,
});

describe('a probe of a directory', () => {
  it('finds conditions that all processes of this machine heed, and leaves nothing behind', async () => {
    const { provider, root } = await localStorage();
    expect(provider.capabilities).toMatchObject(matches('emulated'));
    const found = await provider.probe();
    expect(found).toMatchObject({ conditionalCreate: 'native', ...matches('cooperative') });
    expect(provider.capabilities).toEqual(found);
    expect(await filesIn(root)).toEqual([]);
  });

  it('promises nothing of a file system that may be another machine’s', async () => {
    fileSystem = NFS;
    const { provider } = await localStorage();
    expect(await provider.probe()).toMatchObject(matches('emulated'));
  });

  it('finds that there are no locks', async () => {
    vi.mocked(nativeLocks).mockReturnValueOnce(undefined).mockReturnValueOnce(undefined);
    const { provider } = await localStorage();
    expect(await provider.probe()).toMatchObject(matches('absent'));
  });

  it.each([
    ['know no locks', { tryLock: () => fail('ENOSYS'), unlock() {} }],
    ['keep nobody out', { tryLock: () => true, unlock() {} }],
  ])('finds out locks that %s', async (_, locks) => {
    vi.mocked(nativeLocks).mockReturnValueOnce(locks).mockReturnValueOnce(locks);
    const { provider } = await localStorage();
    expect(await provider.probe()).toMatchObject(matches('absent'));
  });

  it('finds that there are no hard links', async () => {
    const { provider, root } = await localStorage();
    onCall((call) => {
      if (call === 'link') throw systemError('EPERM');
    });
    expect(await provider.probe()).toMatchObject({
      conditionalCreate: 'absent',
      conditionalCreateInParts: 'absent',
      conditionalCopyCreate: 'absent',
    });
    expect(await filesIn(root)).toEqual([]);
  });

  it('finds out links that replace what has the name', async () => {
    fileSystem = NFS; // whose calls are made on other threads, where they are watched
    const { provider } = await localStorage();
    let links = 0;
    onCall((call) => {
      if (!call.startsWith('link') || ++links < 2) return undefined;
      return SKIP;
    });
    expect(await provider.probe()).toMatchObject({ conditionalCreate: 'absent' });
  });

  it('waits for a lock of another process, as long as its signal allows', async () => {
    const { provider, root } = await localStorage();
    await provider.probe();
    const child = startChild(
      root,
      `const { openSync } = await import('node:fs');
      const { tryLock } = require('fs-native-extensions');
      const path = ${JSON.stringify(`${root}/.storage/locks/${stripeName('probe')}`)};
      say(tryLock(openSync(path, 'r+')) ? 'locked' : 'refused');
      setInterval(() => {}, 1000);`,
    );
    await child.said('locked');
    await rejection(provider.probe({ signal: AbortSignal.timeout(100) }), 'Timeout');
    child.process.kill('SIGKILL');
    await child.ended();
    expect(await provider.probe()).toMatchObject(matches('cooperative'));
  });
});

function fail(code: string): never {
  throw systemError(code);
}
