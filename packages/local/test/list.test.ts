import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareKeys, type ListOptions, type SkippedEntry } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { LocalStorageProvider } from '../src/index.js';
import { onCall, systemError } from './faults.js';
import { localStorage, rejection, temporaryDirectory } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

async function namesOf(provider: LocalStorageProvider, options?: ListOptions): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of provider.list(options)) {
    names.push(entry.type === 'file' ? entry.key : entry.prefix);
  }
  return names;
}

async function listed(provider: LocalStorageProvider, options: ListOptions = {}) {
  const skipped: SkippedEntry[] = [];
  const names = await namesOf(provider, { ...options, onSkip: (skip) => skipped.push(skip) });
  return { names, skipped: skipped.map(({ reason, path }) => `${reason} ${path}`) };
}

/** Writes files without the provider; bytes, since names need not be UTF-8. */
async function plant(root: string, paths: Iterable<string | Buffer>): Promise<void> {
  for (const path of paths) {
    const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)]);
    await mkdir(bytes.subarray(0, bytes.lastIndexOf('/')), { recursive: true });
    await writeFile(bytes, '');
  }
}

/** What a listing is, said the plain way. */
function reference(keys: readonly string[], options: ListOptions): string[] {
  const { prefix = '', delimiter, startAfter } = options;
  const names = keys
    .filter((key) => Buffer.from(key).indexOf(Buffer.from(prefix)) === 0 || prefix === '')
    .map((key) => {
      const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + 1);
    });
  return [...new Set(names)]
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter(
      (name) =>
        startAfter === undefined || Buffer.compare(Buffer.from(name), Buffer.from(startAfter)) > 0,
    );
}

/** Few letters, so that names share beginnings; among them what sorts around the slash, and the ends of UTF-16. */
const segment = fc
  .array(fc.constantFrom('a', 'b', '-', '.', '0', '!', ' ', 'é', '\ue000', '\u{10000}', '\u0001'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((letters) => letters.join(''))
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** Keys that can be in one file system: none is a directory of another. */
const tree = fc
  .uniqueArray(path, { minLength: 1, maxLength: 25 })
  .map((keys) => keys.filter((key) => !keys.some((other) => other.startsWith(`${key}/`))));
const text = fc.oneof(
  fc.constant(''),
  path,
  path.map((key) => `${key}/`),
  fc.array(segment, { maxLength: 3 }).map((parts) => parts.join('/')),
);

describe('the order of a listing', () => {
  it('is that of the UTF-8 bytes, for any tree, prefix, start and delimiter', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.array(
          fc.record({
            prefix: fc.option(text, { nil: undefined }),
            startAfter: fc.option(text, { nil: undefined }),
            delimiter: fc.constantFrom('/' as const, undefined),
          }),
          { minLength: 5, maxLength: 15 },
        ),
        async (keys, queries) => {
          const { provider, root } = await localStorage();
          await plant(root, keys);
          for (const options of [{}, ...queries]) {
            expect(await namesOf(provider, options), JSON.stringify(options)).toEqual(
              reference(keys, options),
            );
          }
          // Each entry resumes the listing behind itself.
          const all = reference(keys, {});
          for (const [i, startAfter] of all.entries()) {
            expect(await namesOf(provider, { startAfter })).toEqual(all.slice(i + 1));
          }
          await rm(root, { recursive: true });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has a directory behind the names that sort before its slash', async () => {
    const { provider, root } = await localStorage();
    const keys = ['a/b', 'a!', 'a-/x', 'a-b/c', 'a-/y', 'a.txt', 'a0', 'a-/!', 'a/!', 'a-b-/d'];
    await plant(root, keys);
    expect(await namesOf(provider)).toEqual(keys.sort(compareKeys));
  });

  it('does not depend on the order in which the system gives names', async () => {
    const { provider, root } = await localStorage();
    const keys = ['a', 'b', 'c/1', 'c/2', 'c/3', 'd'];
    await plant(root, keys);
    onCall((call) =>
      call === 'readdir' ? (names: readonly string[]) => names.toReversed() : undefined,
    );
    expect(await namesOf(provider)).toEqual(keys);
  });

  it('is kept however long it takes to look at each file', async () => {
    const { provider, root } = await localStorage();
    const keys = Array.from({ length: 200 }, (_, i) => `d/${i}`);
    await plant(root, keys);
    let looking = 0;
    let most = 0;
    onCall(async (call, [path]) => {
      if (call !== 'lstat' || !String(path).includes('/d/')) return;
      most = Math.max(most, ++looking);
      await new Promise((done) => setTimeout(done, (looking * 7919) % 5));
      looking--;
    });
    expect(await namesOf(provider)).toEqual(keys.sort(compareKeys));
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(32);
  });
});

describe('a listing looks only where it has to', () => {
  async function directoriesRead(options: ListOptions): Promise<string[]> {
    const { provider, root } = await localStorage();
    await plant(
      root,
      ['a', 'b', 'c'].flatMap((x) =>
        ['a', 'b', 'c'].flatMap((y) => [`${x}/${y}/1`, `${x}/${y}/2`]),
      ),
    );
    await provider.checkHealth(); // the root itself is looked up once
    const read: string[] = [];
    onCall((call, [path]) => {
      if (call === 'open' && String(path).startsWith(root))
        read.push(String(path).slice(root.length));
    });
    await namesOf(provider, options);
    return read;
  }

  it.each<[ListOptions, string[]]>([
    [{ prefix: 'b/b/' }, ['/b/b']],
    [{ prefix: 'b/b/1' }, ['/b/b']],
    [{ prefix: 'b/c' }, ['/b', '/b/c']],
    [{ prefix: 'none/' }, ['/none']],
    [{ prefix: 'none' }, ['']],
    [{ startAfter: 'b/c/1' }, ['', '/b', '/b/c', '/c', '/c/a', '/c/b', '/c/c']],
    [{ startAfter: 'c/b/2' }, ['', '/c', '/c/b', '/c/c']],
    [{ startAfter: 'c/c/9', prefix: 'c/c/' }, ['/c/c']],
    [{ startAfter: 'd' }, ['']],
    [{ delimiter: '/', startAfter: 'b/' }, ['', '/c', '/c/a']],
    [{ delimiter: '/', prefix: 'a/' }, ['/a', '/a/a', '/a/b', '/a/c']],
  ])('%j reads %j', async (options, directories) => {
    expect(await directoriesRead(options)).toEqual(directories);
  });

  it('reads a directory when it gets there, and no further than it is asked', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a/1', 'b/1', 'c/1']);
    await provider.checkHealth(); // the root itself is looked up once
    const read: string[] = [];
    onCall((call, [path]) => {
      if (call === 'open') read.push(String(path).slice(root.length));
    });
    const listing = provider.list()[Symbol.asyncIterator]();
    await listing.next();
    expect(read).toEqual(['', '/a']);
    await plant(root, ['b/2']);
    expect((await listing.next()).value).toMatchObject({ key: 'b/1' });
    expect((await listing.next()).value).toMatchObject({ key: 'b/2' });
    await listing.return?.();
    expect(read).toEqual(['', '/a', '/b']);
  });
});

describe('directories without a file', () => {
  it('are neither listed nor prefixes', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['full/deep/down/file', 'z']);
    await mkdir(join(root, 'empty/deep/down'), { recursive: true });
    await mkdir(join(root, 'links'));
    await symlink('nowhere', join(root, 'links/link'));
    expect(await namesOf(provider)).toEqual(['full/deep/down/file', 'z']);
    expect(await namesOf(provider, { delimiter: '/' })).toEqual(['full/', 'z']);
    expect(await namesOf(provider, { delimiter: '/', prefix: 'full/d' })).toEqual(['full/deep/']);
  });

  it('an empty root is an empty listing', async () => {
    const { provider } = await localStorage();
    expect(await namesOf(provider)).toEqual([]);
  });
});

describe('what is passed over', () => {
  it('is told once, by the listing that would have shown it', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a/b/file']);
    await symlink('nowhere', join(root, 'a/b/a link'));
    await symlink('nowhere', join(root, 'a/link'));
    expect((await listed(provider, { delimiter: '/' })).skipped).toEqual([]);
    expect((await listed(provider, { delimiter: '/', prefix: 'a/' })).skipped).toEqual([
      'link a/link',
    ]);
    expect((await listed(provider)).skipped).toEqual(['link a/b/a link', 'link a/link']);
  });

  it('is the reserved directory, without a word', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a/.storage/x', 'x');
    await provider.upload('z', 'x');
    expect(await listed(provider)).toEqual({ names: ['a/.storage/x', 'z'], skipped: [] });
    expect(await listed(provider, { delimiter: '/' })).toEqual({ names: ['a/', 'z'], skipped: [] });
    await rm(root, { recursive: true });
  });

  it('is a name that is no key, told in the order of the listing', async () => {
    const { provider, root } = await localStorage();
    const deep = Array.from({ length: 5 }, () => 'd'.repeat(204)).join('/'); // 1,024 bytes
    await plant(root, [
      'a',
      Buffer.from('b\xff\xfe', 'latin1'),
      Buffer.from('c\xff/inside', 'latin1'),
      Buffer.concat([Buffer.from('é'), Buffer.from([0x80]), Buffer.from('日本')]),
      Buffer.from([0x64, 0xed, 0xa0, 0x80]), // a surrogate, in what is not UTF-8
      `${deep}x`,
      '.Storage/x',
      'z',
    ]);
    expect(await listed(provider)).toEqual({
      names: ['a', 'z'],
      skipped: [
        'invalid-name .Storage',
        'invalid-name b\\xff\\xfe',
        'invalid-name c\\xff',
        `invalid-name ${deep}x`,
        'invalid-name d\\xed\\xa0\\x80',
        'invalid-name é\\x80日本',
      ],
    });
    expect(await namesOf(provider)).toEqual(['a', 'z']);
  });

  it('is a directory whose path leaves no room for a name', async () => {
    const { provider, root } = await localStorage();
    const deep = `${'d'.repeat(255)}/${'d'.repeat(255)}/${'d'.repeat(255)}/${'d'.repeat(255)}`;
    await plant(root, [`${deep}/f`]);
    const { names, skipped } = await listed(provider);
    expect(names).toEqual([]);
    expect(skipped).toEqual([`invalid-name ${deep}`]);
  });

  it('are files that vanish between two looks', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a/1', 'a/2', 'b/1', 'c']);
    onCall(async (call, [path]) => {
      if (call === 'lstat' && path === join(root, 'a/2'))
        await rm(join(root, 'a/2'), { force: true });
      if (call === 'open' && path === join(root, 'b'))
        await rm(join(root, 'b'), { recursive: true, force: true });
    });
    expect(await listed(provider)).toEqual({ names: ['a/1', 'c'], skipped: [] });
  });

  it('is a directory that becomes a file, and a file that becomes a directory', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a/1', 'b']);
    onCall(async (call, [path]) => {
      if (call === 'open' && path === join(root, 'a')) {
        onCall(() => {});
        await rm(join(root, 'a'), { recursive: true });
        await writeFile(join(root, 'a'), '');
      }
    });
    expect(await namesOf(provider)).toEqual(['b']);
  });
});

describe('what can’t be read', () => {
  const denied = ['EACCES', 'EPERM'] as const;

  it.each(denied)('a directory (%s) ends a listing, and names itself', async (errno) => {
    const { provider, root } = await localStorage();
    await plant(root, ['a', 'b/x', 'c']);
    onCall((call, [path]) => {
      if (call === 'open' && path === join(root, 'b')) throw systemError(errno);
    });
    const names: string[] = [];
    const listing = (async () => {
      for await (const entry of provider.list()) names.push(JSON.stringify(entry));
    })();
    const error = await rejection(listing, 'AccessDenied');
    expect(error.message).toContain('b can’t be read');
    expect(error).toMatchObject({ operation: 'list', provider: 'local', retryable: false });
    expect(names).toHaveLength(1);
  });

  it('a directory is reported and passed over where somebody listens', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a', 'b/x', 'c/d/x', 'e']);
    onCall((call, [path]) => {
      if (call === 'open' && [join(root, 'b'), join(root, 'c/d')].includes(String(path)))
        throw systemError('EACCES');
    });
    const skipped = ['unreadable b', 'unreadable c/d'];
    expect(await listed(provider)).toEqual({ names: ['a', 'e'], skipped });
    expect(await listed(provider, { delimiter: '/' })).toEqual({ names: ['a', 'e'], skipped });
    await rejection(namesOf(provider, { delimiter: '/' }), 'AccessDenied');
  });

  it('a file that can’t be looked at, likewise', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a', 'b', 'c']);
    onCall((call, [path]) => {
      if (call === 'lstat' && path === join(root, 'b')) throw systemError('EACCES');
    });
    expect(await listed(provider)).toEqual({ names: ['a', 'c'], skipped: ['unreadable b'] });
    await rejection(namesOf(provider), 'AccessDenied');
  });

  it.each(['EIO', 'EMFILE', 'ESTALE'])('%s ends the listing, whoever listens', async (errno) => {
    const { provider, root } = await localStorage();
    await plant(root, ['a/x', 'b']);
    for (const broken of ['open', 'lstat']) {
      onCall((call, [path]) => {
        if (call === broken && path === join(root, broken === 'open' ? 'a' : 'b'))
          throw systemError(errno);
      });
      await rejection(
        listed(provider).then(() => {}),
        'Unavailable',
      );
      await rejection(namesOf(provider), 'Unavailable');
    }
  });
});

describe('a root', () => {
  it('that does not exist is NotFound, and not an empty store', async () => {
    const root = join(await temporaryDirectory(), 'missing');
    const { provider } = await localStorage({ root });
    const error = await rejection(namesOf(provider), 'NotFound');
    expect(error.message).toBe(
      `the root ${root} does not exist: create the directory, or pass createRoot: true`,
    );
  });

  it('that disappears while it is listed ends the listing with an error', async () => {
    const { provider, root } = await localStorage();
    await plant(root, ['a/1', 'b/1', 'c']);
    const listing = provider.list()[Symbol.asyncIterator]();
    await listing.next();
    await rename(root, `${root}.gone`);
    const rest = (async () => {
      while ((await listing.next()).done !== true);
    })();
    await rejection(rest, 'Unavailable');
    await rename(`${root}.gone`, root);
  });
});

it('a listing that is aborted ends with an error', async () => {
  const { provider, root } = await localStorage();
  await plant(root, ['a', 'b', 'c']);
  const abort = new AbortController();
  const listing = (async () => {
    for await (const _ of provider.list({ signal: abort.signal })) abort.abort();
  })();
  await rejection(listing, 'Aborted');
});

it('lists a directory of twenty thousand files', async () => {
  const { provider, root } = await localStorage();
  await mkdir(join(root, 'many'));
  execFileSync('sh', ['-c', 'seq -f "%06g" 0 19999 | xargs touch'], { cwd: join(root, 'many') });
  let count = 0;
  let last = '';
  for await (const entry of provider.list()) {
    if (entry.type !== 'file' || entry.key <= last) expect.unreachable(JSON.stringify(entry));
    else last = entry.key;
    count++;
  }
  expect(count).toBe(20_000);
});
