import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { SkippedEntry } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesIn, localStorage, metaIn, rejection } from './fixtures.js';

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
