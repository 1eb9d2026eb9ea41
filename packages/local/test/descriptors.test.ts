import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { onCall } from './faults.js';
import { filesIn, localStorage, metaIn, rejection } from './fixtures.js';
import { eventually, openDescriptors } from './open-descriptors.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const KIB = 1024;
const LARGE = 2 * KIB * KIB;

const large = (letter: string) => Buffer.alloc(LARGE, letter);

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
