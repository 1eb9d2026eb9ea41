import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LocalStorageProvider } from '../src/index.js';
import { buildForChildren, startChild } from './child.js';
import { onCall, systemError } from './faults.js';
import { localStorage, rejection, temporaryDirectory } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

buildForChildren();

const NOBODY = 65_534;

describe('options', () => {
  it.each([
    [{}],
    [{ root: '' }],
    [{ root: 5 }],
    [{ root: 'a\0b' }],
    [{ root: '/tmp', name: 5 }],
    [{ root: '/tmp', createRoot: 'yes' }],
    [{ root: '/tmp', rooot: '/tmp' }],
    [{ root: '/tmp', durability: 'often' }],
    [{ root: '/tmp', deleted: true }],
  ])('%j are refused', (options) => {
    expect(() => Reflect.construct(LocalStorageProvider, [options])).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });

  it('the name is `local`, or the one that is given', async () => {
    const { provider, root } = await localStorage();
    expect(provider.name).toBe('local');
    const named = await localStorage({ root, name: 'uploads' });
    expect(await rejection(named.provider.stat('x'), 'NotFound')).toMatchObject({
      provider: 'uploads',
    });
  });

  it('a relative root is that of the working directory at the start', async () => {
    const directory = await temporaryDirectory();
    const before = process.cwd();
    process.chdir(directory);
    const provider = new LocalStorageProvider({ root: 'files', createRoot: true });
    process.chdir(before);
    await provider.upload('a', 'x');
    expect((await stat(join(directory, 'files/a'))).size).toBe(1);
    await provider.close();
  });
});

describe('a root that is not there', () => {
  it('is NotFound for a listing, and Unavailable for a key: nobody knows what it would hold', async () => {
    const root = join(await temporaryDirectory(), 'missing');
    const { provider } = await localStorage({ root });
    const calls = [
      () => provider.stat('a'),
      () => provider.exists('a'),
      () => provider.download('a'),
      () => provider.upload('a', 'x'),
      () => provider.delete('a'),
      () => provider.copy('a', 'b'),
    ];
    for (const call of calls) {
      const error = await rejection(call(), 'Unavailable');
      expect(error.message).toContain(`the root ${root} does not exist`);
    }
    expect(await provider.checkHealth()).toMatchObject({
      healthy: false,
      error: { code: 'NotFound' },
    });
    await mkdir(root);
    await provider.upload('a', 'x'); // it is looked for again
  });

  it('is made, with its parents, where that is asked for', async () => {
    const root = join(await temporaryDirectory(), 'a/b/c');
    const { provider } = await localStorage({ root, createRoot: true });
    await provider.upload('file', 'x');
    expect((await stat(join(root, 'file'))).size).toBe(1);
  });

  it('may be a file', async () => {
    const root = join(await temporaryDirectory(), 'file');
    await writeFile(root, 'x');
    const { provider } = await localStorage({ root });
    const error = await rejection(provider.stat('a'), 'InvalidArgument');
    expect(error.message).toBe(`the root ${root} is not a directory`);
  });
});

describe('a root whose disk is unmounted', () => {
  it('is Unavailable, not empty: no file is missing, and none is written beside', async () => {
    const around = await temporaryDirectory();
    const root = join(around, 'mount');
    await mkdir(root);
    const { provider } = await localStorage({ root });
    await provider.upload('a/file', 'x');
    await rename(root, join(around, 'disk'));
    for (const empty of [false, true]) {
      if (empty) await mkdir(root); // the mount point
      const calls = [
        () => provider.stat('a/file'),
        () => provider.exists('a/file'),
        () => provider.exists('b'),
        () => provider.download('a/file'),
        () => provider.upload('new', 'x'),
        () => provider.upload('a/new', 'x'),
        () => provider.delete('a/file'),
        () => provider.delete('b'),
        () => provider.copy('a/file', 'b'),
        async () => {
          for await (const _ of provider.list());
        },
      ];
      for (const call of calls) {
        const error = await rejection(call(), 'Unavailable');
        expect(error.retryable).toBe(true);
        expect(error.message).toContain('is its disk mounted?');
      }
      expect(await provider.checkHealth()).toMatchObject({ healthy: false });
    }
    await rm(root, { recursive: true });
    await rename(join(around, 'disk'), root);
    expect(await provider.exists('a/file')).toBe(true);
    expect(await provider.checkHealth()).toMatchObject({ healthy: true });
  });
});

describe('health', () => {
  it('takes a readable and writable root', async () => {
    const { provider } = await localStorage();
    const report = await provider.checkHealth();
    expect(report).toEqual({ healthy: true, latency: expect.any(Number) });
    onCall((call) => {
      if (call === 'access') throw systemError('EROFS');
    });
    const ill = await provider.checkHealth();
    expect(ill).toMatchObject({ healthy: false, error: { code: 'AccessDenied' } });
    expect(ill.error?.message).toContain('read-only');
  });

  it('is refused after close', async () => {
    const { provider } = await localStorage();
    await provider.close();
    expect(await provider.checkHealth()).toMatchObject({
      healthy: false,
      error: { code: 'Unavailable', retryable: false },
    });
  });
});

// Root may do everything: only another user meets permissions.
describe.skipIf(process.getuid?.() !== 0)('a process without the rights of root', () => {
  async function asNobody(prepare: (root: string) => Promise<void>, script: string) {
    const { provider, root } = await localStorage();
    await chmod(root, 0o777);
    await provider.upload('dir/file', 'x');
    await chmod(join(root, '.storage'), 0o777);
    await chmod(join(root, '.storage/meta'), 0o777);
    await chmod(join(root, '.storage/staging'), 0o777);
    await chmod(join(root, '.storage/locks'), 0o777);
    await prepare(root);
    const child = startChild(
      root,
      `const outcome = (promise) => promise.then(
         (value) => say(JSON.stringify(value ?? 'done')),
         (error) => say(error.code, '-', error.message));
       ${script}`,
      NOBODY,
    );
    return { root, lines: (await child.ended()).trim().split('\n') };
  }

  it('reads and writes where it may', async () => {
    const { lines } = await asNobody(
      async () => {},
      `await outcome(provider.exists('dir/file'));
       await outcome(provider.upload('new/file', 'x').then(() => provider.delete('new/file')));
       await outcome(provider.checkHealth().then(({ healthy }) => healthy));`,
    );
    expect(lines).toEqual(['true', '"done"', 'true']);
  });

  it('is told AccessDenied where it may not, and that a file that it may not see is no absence', async () => {
    const { root, lines } = await asNobody(
      async (at) => {
        await chmod(join(at, 'dir/file'), 0o600);
        await mkdir(join(at, 'closed'), { mode: 0o700 });
        await writeFile(join(at, 'closed/file'), 'x');
      },
      `await outcome(provider.download('dir/file'));
       await outcome(provider.exists('closed/file'));
       await outcome(provider.exists('closed/missing'));
       await outcome(provider.upload('dir/new', 'x'));
       await outcome(provider.upload('closed/new', 'x'));
       await outcome(provider.delete('dir/file'));
       await outcome((async () => { for await (const _ of provider.list()); })());
       const skipped = [];
       const keys = [];
       for await (const { key } of provider.list({ onSkip: (skip) => skipped.push(skip) })) keys.push(key);
       say(JSON.stringify(keys), JSON.stringify(skipped));`,
    );
    expect(lines.slice(0, 7).map((line) => line.split(' - ')[0])).toEqual(
      Array.from({ length: 7 }, () => 'AccessDenied'),
    );
    expect(lines[6]).toContain('closed can’t be read');
    expect(lines[7]).toMatch(/^\["dir\/file"\] \[\{"reason":"unreadable","path":"closed"/);
    expect(lines.join()).not.toContain(root);
    expect((await stat(join(root, 'dir/file'))).size).toBe(1);
  });

  it('is told that a root is not healthy that it may only read', async () => {
    const { lines } = await asNobody(
      (root) => chmod(root, 0o755),
      `await outcome(provider.checkHealth().then(({ healthy, error }) => [healthy, error.code]));
       await outcome(provider.upload('new', 'x'));
       await outcome(provider.exists('dir/file'));`,
    );
    expect(lines[0]).toBe('[false,"AccessDenied"]');
    expect(lines[1]).toMatch(/^AccessDenied - /);
    expect(lines[2]).toBe('true');
  });
});
