import { writeFileSync } from 'node:fs';
import { readdir, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { nativeLocks } from '../src/native-locks.js';
import { onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);
vi.mock(import('../src/native-locks.js'), async (original) => {
  const actual = await original();
  return { nativeLocks: vi.fn(actual.nativeLocks) };
});

const unread = () => new Readable({ read: () => expect.unreachable('the body is read') });

/** A file, and what has to be done to it at the moment when a write is about to look at it for the last time. */
async function atTheLastMoment(happen: (root: string) => Promise<unknown>) {
  const { provider, root } = await localStorage();
  const { etag } = await provider.upload('file', 'old', { metadata: { of: 'old' } });
  await provider.upload('source', 'source');
  let happened = false;
  onCall(async (call, [path]) => {
    if (call !== 'open' || path !== root || happened) return; // the directory, to write to
    happened = true;
    await happen(root);
  });
  return { provider, root, condition: { type: 'match', etag } as const };
}

describe('a write or delete of a certain version', () => {
  it('is refused before anything is read, if it is another one', async () => {
    const { provider } = await localStorage();
    const { etag } = await provider.upload('file', 'old');
    await provider.upload('file', 'new');
    const condition = { type: 'match', etag } as const;
    await rejection(provider.upload('file', unread(), { condition }), 'PreconditionFailed');
    await rejection(provider.upload('missing', unread(), { condition }), 'PreconditionFailed');
    await rejection(provider.delete('.storage/x', { condition }), 'PreconditionFailed');
    await rejection(provider.copy('file', 'missing', { condition }), 'PreconditionFailed');
  });

  const changes = [
    [
      'an upload',
      (root: string) => localStorage({ root }).then((o) => o.provider.upload('file', 'theirs')),
    ],
    ['a delete', (root: string) => localStorage({ root }).then((o) => o.provider.delete('file'))],
    [
      'another program',
      async (root: string) => {
        await writeFile(join(root, 'foreign'), 'foreign');
        await rename(join(root, 'foreign'), join(root, 'file'));
      },
    ],
  ] as const;
  it.each(changes)('loses to %s that comes after its first look', async (_, happen) => {
    const calls = [
      (provider, condition) => provider.upload('file', 'ours', { condition }),
      (provider, condition) => provider.delete('file', { condition }),
      (provider, condition) => provider.copy('source', 'file', { condition }),
      (provider, condition) => provider.trash.put('file', { condition }),
    ] satisfies ((
      provider: Awaited<ReturnType<typeof localStorage>>['provider'],
      condition: {
        type: 'match';
        etag: Awaited<ReturnType<typeof atTheLastMoment>>['condition']['etag'];
      },
    ) => Promise<unknown>)[];
    for (const call of calls) {
      const { provider, root, condition } = await atTheLastMoment(happen);
      await rejection(call(provider, condition), 'PreconditionFailed');
      onCall(() => {});
      const found = await provider.download('file').then(
        async ({ body }) => `${await readAll(body)}`,
        () => 'gone',
      );
      expect(['theirs', 'foreign', 'gone']).toContain(found);
      expect(await readdir(stagingIn(root))).toEqual([]);
    }
  });

  it('has one winner in one process too, whose descriptors of a lock file exclude nobody', async () => {
    const { provider, root } = await localStorage({ durability: 'relaxed' });
    const { etag } = await provider.upload('file', 'old');
    const condition = { type: 'match', etag } as const;
    let described = 0;
    let held = false;
    onCall(async (call, [from]) => {
      if (call === 'handle.writeFile' && String(from).includes('/meta/')) described++;
      else if (call === 'rename' && !held) {
        held = true;
        // Until the others have come to where they look at what is still there, if nobody keeps them from it.
        while (described < 5) await new Promise((turn) => setImmediate(turn));
        for (let turn = 0; turn < 300; turn++) await readdir(root);
      }
    });
    const writes = Array.from({ length: 5 }, (_, i) =>
      provider.upload('file', `${i}`, { condition }),
    );
    const outcomes = await Promise.allSettled(writes);
    expect(held).toBe(true);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('gives a version that can be named by its ETag at once, for a chain of them', async () => {
    const { provider, root } = await localStorage();
    let { etag } = await provider.upload('file', '0', { condition: { type: 'absent' } });
    for (let i = 1; i <= 20; i++) {
      ({ etag } = await provider.upload('file', `${i}`, { condition: { type: 'match', etag } }));
    }
    await provider.delete('file', { condition: { type: 'match', etag } });
    expect(await filesIn(metaIn(root))).toEqual([]);
  });
});

describe('a copy or move of a certain version', () => {
  it('is refused if the source is another one, and changes nothing', async () => {
    const { provider } = await localStorage();
    const { etag } = await provider.upload('file', 'old');
    const current = await provider.upload('file', 'new');
    const options = { sourceCondition: { type: 'match', etag } } as const;
    await rejection(provider.copy('file', 'other', options), 'PreconditionFailed');
    await rejection(provider.move('file', 'other', options), 'PreconditionFailed');
    expect(await provider.exists('other')).toBe(false);
    const pinned = { sourceCondition: { type: 'match', etag: current.etag } } as const;
    await provider.copy('file', 'copy', pinned);
    await provider.move('file', 'moved', pinned);
    expect(await provider.exists('file')).toBe(false);
  });

  it('a move whose source is written to meanwhile is a Conflict, and loses nothing', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    await provider.upload('file', 'old');
    let written = false;
    onCall(async (call, [from]) => {
      if (call !== 'rename' || written || String(from).endsWith('.json')) return;
      written = true; // the copy gets its name, whose lock is another than that of its source
      await other.provider.upload('file', 'newer');
    });
    await rejection(provider.move('file', 'moved'), 'Conflict');
    expect(`${await readAll((await provider.download('file')).body)}`).toBe('newer');
  });
});

describe('where there are no locks', () => {
  it('for the platform, certain versions can’t be written, and all else works', async () => {
    vi.mocked(nativeLocks).mockReturnValue(undefined);
    try {
      const { provider, root } = await localStorage({ deleted: 'trash' });
      const { etag } = await provider.upload('file', 'old');
      const absent = { conditionalUpdate: 'absent', conditionalDelete: 'absent' };
      expect(provider.capabilities).toMatchObject({ ...absent, conditionalCopyUpdate: 'absent' });
      const match = { condition: { type: 'match', etag } } as const;
      await rejection(provider.upload('file', unread(), match), 'Unsupported');
      await rejection(provider.delete('file', match), 'Unsupported');
      await rejection(provider.copy('file', 'other', match), 'Unsupported');
      await rejection(provider.trash.put('file', match), 'Unsupported');
      await provider.copy('file', 'other', { sourceCondition: match.condition });
      await provider.tags.set('file', { a: '1' });
      await provider.move('file', 'moved');
      await provider.delete('moved');
      expect(await readdir(join(root, '.storage/locks'))).toEqual([]);
    } finally {
      vi.mocked(nativeLocks).mockReset();
    }
  });

  it.each([
    ['ENOSYS', 'Unsupported', true],
    ['ENOLCK', 'Unavailable', false],
  ] as const)('of the file system (%s), a certain version is %s', async (errno, code, writable) => {
    vi.mocked(nativeLocks).mockReturnValue({
      tryLock: () => {
        throw systemError(errno);
      },
      unlock: () => {},
    });
    try {
      const { provider } = await localStorage();
      const { etag } = await provider.upload('file', 'x', { condition: { type: 'absent' } });
      const match = { condition: { type: 'match', etag } } as const;
      await rejection(provider.upload('file', 'new', match), code);
      await rejection(provider.delete('file', match), code);
      if (writable) await provider.upload('file', 'new');
      else await rejection(provider.upload('file', 'new'), code);
    } finally {
      vi.mocked(nativeLocks).mockReset();
    }
  });
});

describe('lock files', () => {
  it('that somebody removes are made again, and exclude as before', async () => {
    const { provider, root } = await localStorage();
    const { etag } = await provider.upload('file', '0');
    await rm(join(root, '.storage/locks'), { recursive: true });
    const other = await localStorage({ root });
    const condition = { type: 'match', etag } as const;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? provider : other.provider).upload('file', `${i}`, { condition }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(join(root, '.storage/locks'))).toHaveLength(1);
  });

  it('are closed with the provider, also by what was under way then', async () => {
    const { provider, root } = await localStorage();
    const open = new Set<string>();
    const locksOpen = async () => {
      open.clear();
      for (const fd of await readdir('/proc/self/fd')) {
        const path = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
        if (path.startsWith(`${root}/.storage/locks/`)) open.add(path);
      }
      return open.size;
    };
    for (const key of ['a', 'b', 'c']) await provider.upload(key, 'x');
    expect(await locksOpen()).toBeGreaterThan(0);
    const body = (async function* () {
      await provider.close();
      yield Buffer.from('x');
    })();
    await provider.upload('d', body);
    expect(await locksOpen()).toBe(0);
  });
});

it('a delete that finds no file leaves one that comes after it', async () => {
  const { provider, root } = await localStorage();
  let looked = false;
  onCall((call, [path]) => {
    if (call !== 'lstat' || !String(path).endsWith('/file') || looked) return;
    looked = true;
    writeFileSync(join(root, 'file'), 'new');
    throw systemError('ENOENT');
  });
  await provider.delete('file');
  expect(looked).toBe(true);
  expect(String(await readAll((await provider.download('file')).body))).toBe('new');
});
