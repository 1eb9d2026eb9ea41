import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  link,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Download, readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { checkUnchanged } from '../src/stable-stream.js';
import { onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const KIB = 1024;
const LARGE = 2 * KIB * KIB;

const large = (letter: string) => Buffer.alloc(LARGE, letter);

/** Reads the first chunk, lets something happen, and reads the rest. */
async function interrupted({ body }: Download, happen: () => unknown): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let happened = false;
  for await (const chunk of body) {
    chunks.push(chunk);
    if (happened) continue;
    happened = true;
    await happen();
  }
  return Buffer.concat(chunks);
}

async function openDescriptors(of: string): Promise<number> {
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(
    names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')),
  );
  const locks = join(of, '.storage/locks/'); // stay open until the provider is closed
  return paths.filter((path) => path.startsWith(of) && !path.startsWith(locks)).length;
}

/** Waits for what is done on other threads. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (await condition()) return;
    await sleep(turn < 20 ? 0 : 10);
  }
  expect.unreachable('it does not come about');
}

describe('a reader who has opened a file', () => {
  it('keeps reading it whole when it is replaced', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', large('a'));
    const download = await provider.download('file');
    const read = await interrupted(download, () => provider.upload('file', large('b')));
    expect(read.equals(large('a'))).toBe(true);
  });

  it('keeps reading it whole when it is deleted', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a/file', large('a'));
    const read = await interrupted(await provider.download('a/file'), async () => {
      await provider.delete('a/file');
      expect(existsSync(join(root, 'a'))).toBe(false);
    });
    expect(read.equals(large('a'))).toBe(true);
  });

  it('keeps reading it whole when it gets a second name, or loses it', async () => {
    const { provider, root } = await localStorage();
    const [one, two] = [join(root, 'one'), join(root, 'two')];
    await provider.upload('one', large('a'));
    const linked = await interrupted(await provider.download('one'), () => link(one, two));
    const unlinked = await interrupted(await provider.download('one'), () => rm(two));
    expect([linked, unlinked].every((read) => read.equals(large('a')))).toBe(true);
  });

  it('a plain file too', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'plain'), large('p'));
    const read = await interrupted(await provider.download('plain'), () => rm(join(root, 'plain')));
    expect(read.equals(large('p'))).toBe(true);
  });

  const sameTimes = async (path: string, change: () => Promise<void>) => {
    const { atime, mtime } = await stat(path);
    await change();
    await utimes(path, atime, mtime);
  };
  const overwrite = async (path: string, position: number) => {
    const handle = await open(path, 'r+');
    await handle.write('changed', position);
    await handle.close();
  };

  it.each([
    ['is overwritten in place', (path: string) => overwrite(path, LARGE - 10)],
    ['is overwritten where it was read already', (path: string) => overwrite(path, 0)],
    ['grows', (path: string) => appendFile(path, 'more')],
    ['is cut', (path: string) => truncate(path, LARGE / 2)],
    ['is emptied', (path: string) => truncate(path, 0)],
    [
      'is overwritten by somebody who sets the time back',
      (path: string) => sameTimes(path, () => overwrite(path, LARGE - 10)),
    ],
    ['gets other permissions, which can’t be told from that', (path: string) => chmod(path, 0o600)],
  ])('gets a Conflict in place of the end if it %s', async (_, change) => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    for (const make of [
      () => writeFile(path, large('a')),
      () => provider.upload('file', large('a')),
    ]) {
      await make();
      // A whole second, which utimes can set exactly.
      await utimes(path, 1_000_000_000, 1_000_000_000);
      const download = await provider.download('file');
      let bytes = 0;
      const reading = interrupted(download, () => change(path)).then((read) => {
        bytes = read.byteLength;
      });
      const error = await rejection(reading, 'Conflict');
      expect(error).toMatchObject({ retryable: true, operation: 'download', key: 'file' });
      expect(error.message).toContain('changed while it was being read');
      expect(bytes).toBe(0);
    }
  });

  it('of a range gets a Conflict as well', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', large('a'));
    const download = await provider.download('file', { range: { start: 10, end: LARGE - 10 } });
    const reading = interrupted(download, () => overwrite(join(root, 'file'), 0));
    await rejection(reading, 'Conflict');
  });

  it('never gets the last byte of a file that has changed', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'file'), 'short');
    const { body } = await provider.download('file');
    await appendFile(join(root, 'file'), 'er');
    const seen: Buffer[] = [];
    body.on('data', (chunk: Buffer) => seen.push(chunk));
    await rejection(new Promise((_, reject) => body.on('error', reject)), 'Conflict');
    expect(seen).toEqual([]);
  });
});

describe('two looks at a file', () => {
  const at = { size: 1n, mtimeNs: 1n, ctimeNs: 1n, nlink: 1n };
  const looks = (...seen: (typeof at)[]) => ({
    stat: async () => seen.shift() ?? expect.unreachable('one look more'),
  });

  it.each([
    ['nothing happened', at, [at]],
    ['it got a name', at, [{ ...at, ctimeNs: 2n, nlink: 2n }]],
    ['it was replaced', at, [{ ...at, ctimeNs: 2n, nlink: 0n }]],
    [
      'it was being replaced at the second look',
      at,
      [
        { ...at, ctimeNs: 2n },
        { ...at, ctimeNs: 2n, nlink: 0n },
      ],
    ],
    [
      'it was being replaced at the first look',
      { ...at, nlink: 0n },
      [{ ...at, ctimeNs: 2n, nlink: 0n }],
    ],
  ])('tell that %s, which is no change of its content', async (_, before, after) => {
    await checkUnchanged('file', before, looks(...after));
  });

  it.each([
    ['another size', { ...at, size: 2n }],
    ['another time', { ...at, mtimeNs: 2n }],
    ['another status', { ...at, ctimeNs: 2n }],
    ['another size, and no name', { ...at, size: 2n, nlink: 0n }],
  ])('that tell of %s are a Conflict', async (_, after) => {
    await expect(checkUnchanged('file', at, looks(after, after))).rejects.toMatchObject({
      code: 'Conflict',
    });
  });
});

describe('content that is not what was stored', () => {
  const damage = async (path: string) => {
    const { atimeNs, mtimeNs } = await stat(path, { bigint: true });
    const handle = await open(path, 'r+');
    await handle.write('X', LARGE - 5);
    await handle.close();
    await utimes(path, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
  };

  it('is a ChecksumMismatch in place of the end', async () => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    // The time can be set to microseconds: an upload is needed whose time has no more digits than that.
    await uploadAt(provider, path);
    await damage(path);
    const { metadata, body } = await provider.download('file');
    expect(metadata.checksums.crc32).toBeDefined();
    let read = 0;
    body.on('data', (chunk: Buffer) => {
      read += chunk.byteLength;
    });
    const error = await rejection(
      new Promise((_, reject) => body.on('error', reject)),
      'ChecksumMismatch',
    );
    expect(error).toMatchObject({ retryable: false, operation: 'download', key: 'file' });
    expect(read).toBeLessThan(LARGE);
  });

  it('can’t be told in a range', async () => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    await uploadAt(provider, path);
    await damage(path);
    const { body } = await provider.download('file', { range: { start: 1 } });
    expect((await readAll(body)).byteLength).toBe(LARGE - 1);
    const whole = await provider.download('file', { range: { start: 0 } });
    await rejection(readAll(whole.body), 'ChecksumMismatch');
  });

  /** Uploads, and lets the metadata name a time that `utimes` can set again. */
  async function uploadAt(
    provider: Awaited<ReturnType<typeof localStorage>>['provider'],
    path: string,
  ): Promise<void> {
    await provider.upload('file', large('a'));
    await utimes(path, 1_000_000_000, 1_000_000_000);
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    const meta = metaIn(join(path, '..'));
    const [name = ''] = await filesIn(meta);
    const hash = name.split('.')[0];
    await rename(
      join(meta, name),
      join(meta, `${hash}.${ino.toString(16)}-${mtimeNs.toString(16)}.json`),
    );
    expect((await provider.stat('file')).checksums.crc32).toBeDefined();
  }
});

describe('errors while a file is read', () => {
  it.each([
    ['read', 'EIO', 'Unavailable', true],
    ['fstat', 'ESTALE', 'Unavailable', true],
  ] as const)('%s: %s is %s', async (call, errno, code, retryable) => {
    const { provider, root } = await localStorage();
    await provider.upload('file', large('a'));
    const { body } = await provider.download('file');
    onCall((name) => {
      if (name === call) throw systemError(errno);
    });
    const error = await rejection(readAll(body), code);
    expect(error).toMatchObject({
      retryable,
      operation: 'download',
      provider: 'local',
      key: 'file',
    });
    await eventually(async () => (await openDescriptors(root)) === 0);
  });

  it('the system may give fewer bytes than asked for', async () => {
    const { provider } = await localStorage();
    const content = Buffer.from('0123456789'.repeat(1000));
    await provider.upload('file', content);
    onCall((name, args) => {
      if (name === 'read') args[3] = Math.min(Number(args[3]), 37);
    });
    const { body, metadata } = await provider.download('file');
    expect((await readAll(body)).equals(content)).toBe(true);
    expect(metadata.checksums.sha256).toBeDefined();
  });

  it.each(['EMFILE', 'ENFILE', 'EAGAIN'])(
    '%s at opening is retryable, not an absence',
    async (errno) => {
      const { provider } = await localStorage();
      await provider.upload('file', 'x');
      onCall((name) => {
        if (name === 'open') throw systemError(errno);
      });
      for (const call of [
        () => provider.exists('file'),
        () => provider.stat('file'),
        () => provider.download('file'),
      ]) {
        expect(await rejection(call(), 'Unavailable')).toMatchObject({ retryable: true });
      }
    },
  );
});

// /proc tells which descriptors are open; elsewhere nothing does.
describe.skipIf(process.platform !== 'linux')('descriptors', () => {
  it('are closed however a download ends', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('small', 'x');
    await provider.upload('empty', '');
    await provider.upload('large', large('a'));
    await writeFile(join(root, 'plain'), large('p'));
    await provider.upload('directory/damaged', 'x');
    for (const path of await filesIn(metaIn(root))) {
      const file = join(metaIn(root), path);
      if ((await readFile(file, 'utf8')).includes('damaged')) await writeFile(file, 'damaged');
    }
    const endings: readonly ((key: string) => Promise<unknown>)[] = [
      async (key) => readAll((await provider.download(key)).body),
      async (key) => readAll((await provider.download(key, { range: { suffix: 1 } })).body),
      async (key) => (await provider.download(key)).body.destroy(),
      async (key) => {
        const { body } = await provider.download(key);
        body.on('error', () => {}).destroy(new Error('enough'));
      },
      async (key) => {
        for await (const _ of (await provider.download(key)).body) break;
      },
      async (key) => {
        const { body } = await provider.download(key);
        body.once('data', () => body.destroy());
      },
      async (key) => {
        const { body } = await provider.download(key);
        body.resume();
        await sleep(0);
        body.destroy();
      },
      async (key) => {
        const abort = new AbortController();
        const { body } = await provider.download(key, { signal: abort.signal });
        abort.abort();
        await rejection(readAll(body), 'Aborted');
      },
      async (key) => {
        const abort = new AbortController();
        const downloading = provider.download(key, { signal: abort.signal });
        abort.abort();
        await rejection(downloading, 'Aborted');
      },
      (key) => rejection(provider.download(key, { range: { start: LARGE } }), 'InvalidRange'),
      async (key) => {
        const { etag } = await provider.stat('small');
        const condition = { type: 'match', etag } as const;
        await provider.download(key, { condition }).then(
          ({ body }) => body.destroy(),
          () => {},
        );
      },
      (key) => provider.stat(key),
      (key) => provider.exists(key),
      (key) => provider.copy(key, 'copy'),
      (key) => provider.upload('upload', 'x').then(() => provider.stat(key)),
      (key) => provider.stat(`${key}/below`).catch(() => {}),
      () => rejection(provider.stat('directory'), 'NotFound'),
      () => rejection(provider.download('directory/damaged'), 'Unknown'),
      // Replaced between the body and the metadata, so that it is opened once more.
      async (key) => {
        let replaced = false;
        onCall(async (call, [path]) => {
          if (call !== 'open' || replaced || !String(path).includes('/meta/')) return;
          replaced = true;
          await rename(join(root, key), join(root, 'away'));
          await writeFile(join(root, key), 'other');
          await rename(join(root, 'away'), join(root, key));
          await rm(join(root, key));
          await writeFile(join(root, key), 'another');
        });
        await provider.stat(key);
        expect(replaced).toBe(true);
      },
      async () => {
        for await (const _ of provider.list()) break;
      },
      (key) =>
        rejection(
          provider.upload(key, Readable.from(['x']), { contentLength: 2 }),
          'ChecksumMismatch',
        ),
    ];
    for (const [i, end] of endings.entries()) {
      for (const key of ['small', 'large', 'plain', 'empty']) {
        await end(key).catch((error: unknown) => {
          if (key !== 'empty') throw error; // an empty file has no range
        });
        await eventually(async () => (await openDescriptors(root)) === 0).catch(() =>
          expect.unreachable(`ending ${i} of ${key} leaves a descriptor`),
        );
      }
    }
  });

  it('of bodies that are open are closed with the provider, which ends with an error', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', large('a'));
    const { body } = await provider.download('file');
    const { body: unread } = await provider.download('file');
    body.once('data', () => {});
    const failing = rejection(
      new Promise((_, reject) => body.once('error', reject)),
      'Unavailable',
    ).catch((error: unknown) => error);
    await provider.close();
    expect(await openDescriptors(root)).toBe(0);
    await failing;
    await expect(readAll(unread)).rejects.toThrow('the provider is closed');
  });

  it('of a body that is destroyed are closed only after the read that is under way', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', large('a'));
    const { body } = await provider.download('file');
    let reading = 0;
    let closedDuringRead = false;
    let release = () => {};
    const stalled = new Promise<void>((resolve) => {
      onCall((name) => {
        if (name === 'read' && reading++ === 0) {
          resolve();
          return new Promise<void>((go) => {
            release = () => go();
          });
        }
        if (name === 'close' && release.name !== '') closedDuringRead = true;
        return undefined;
      });
    });
    body.resume();
    await stalled;
    body.destroy();
    await sleep(20);
    expect(closedDuringRead).toBe(false);
    expect(body.closed).toBe(false);
    const go = release;
    release = Object.defineProperty(() => {}, 'name', { value: '' });
    go();
    await eventually(async () => body.closed);
  });

  it('of uploads that fail, also in the middle, are closed', async () => {
    const { provider, root } = await localStorage();
    const endless = async function* () {
      for (;;) yield Buffer.alloc(100 * KIB);
    };
    for (let i = 0; i < 10; i++) {
      const abort = new AbortController();
      const uploading = provider.upload('a/b/file', endless(), {
        signal: abort.signal,
        onProgress: (bytes) => bytes > 500 * KIB && abort.abort(),
      });
      await rejection(uploading, 'Aborted');
    }
    await eventually(async () => (await openDescriptors(root)) === 0);
    expect(await readdir(root)).toEqual(['.storage']);
  });
});
