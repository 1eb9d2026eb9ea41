import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { buildForChildren, startChild } from './child.js';
import { onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

buildForChildren();

const ABSENT = { condition: { type: 'absent' } } as const;

describe('a create-only upload', () => {
  it('of many processes that create one key, exactly one wins, and its content is the file', async () => {
    const { provider, root } = await localStorage();
    const script = (name: string) => `
      const { existsSync } = await import('node:fs');
      say('ready');
      while (!existsSync(${JSON.stringify(join(root, 'start'))})) await sleep(1);
      for (let i = 0; i < 20; i++) {
        try {
          await provider.upload('folder/' + i, ${JSON.stringify(name)}, { condition: { type: 'absent' }, metadata: { by: ${JSON.stringify(name)} } });
          say('won', i);
        } catch (error) {
          if (error.code !== 'AlreadyExists') throw error;
        }
      }`;
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    const children = names.map((name) => startChild(root, script(name)));
    await Promise.all(children.map((child) => child.said('ready')));
    await mkdir(join(root, 'start'));
    const printed = await Promise.all(children.map((child) => child.ended()));
    for (let i = 0; i < 20; i++) {
      const winners = names.filter((_, n) => printed[n]?.split('\n').includes(`won ${i}`));
      expect(winners, `creators of ${i}`).toHaveLength(1);
      const { body, metadata } = await provider.download(`folder/${i}`);
      expect(`${await readAll(body)}`).toBe(winners[0]);
      expect(metadata.metadata).toEqual({ by: winners[0] });
    }
    expect(await readdir(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).toHaveLength(20);
  });

  it('over a file is refused before its body is read', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', 'old');
    const body = new Readable({ read: () => expect.unreachable('the body is read') });
    await rejection(provider.upload('file', body, ABSENT), 'AlreadyExists');
    expect(body.destroyed).toBe(true);
  });

  it('does not overwrite a file that came into being just before its own name', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    let raced = false;
    onCall(async (call) => {
      if (call !== 'link' || raced) return;
      raced = true;
      await other.provider.upload('folder/file', 'theirs', { metadata: { by: 'them' } });
    });
    await rejection(provider.upload('folder/file', 'ours', ABSENT), 'AlreadyExists');
    expect(raced).toBe(true);
    const { body, metadata } = await provider.download('folder/file');
    expect(`${await readAll(body)}`).toBe('theirs');
    expect(metadata.metadata).toEqual({ by: 'them' });
    expect(await filesIn(metaIn(root))).toHaveLength(1);
    expect(await readdir(stagingIn(root))).toEqual([]);
  });

  it('knows its own success where NFS repeats the request and reports it as EEXIST', async () => {
    const { provider, root } = await localStorage();
    let repeated = false;
    onCall(async (call, [from, to]) => {
      if (call !== 'link' || repeated) return;
      repeated = true;
      await link(String(from), String(to));
      throw systemError('EEXIST');
    });
    await provider.upload('file', 'ours', ABSENT);
    expect(`${await readAll((await provider.download('file')).body)}`).toBe('ours');
    expect(await readdir(stagingIn(root))).toEqual([]);
  });

  it.each(['EPERM', 'ENOTSUP'])(
    'on a file system without links (%s) is Unsupported',
    async (errno) => {
      const { provider, root } = await localStorage();
      onCall((call) => {
        if (call === 'link') throw systemError(errno);
      });
      const error = await rejection(provider.upload('a/file', 'x', ABSENT), 'Unsupported');
      expect(error.message).toContain('hard links');
      expect(await filesIn(root)).toEqual([]);
    },
  );

  it('has its final ETag, though it had two names for a moment', async () => {
    const { provider } = await localStorage();
    const created = await provider.upload('file', 'x', ABSENT);
    expect(await provider.stat('file')).toEqual(created);
  });

  it('creates again what was deleted, without its metadata', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', 'x', { ...ABSENT, metadata: { a: '1' } });
    await provider.delete('file');
    expect((await provider.upload('file', 'x', ABSENT)).metadata).toEqual({});
  });
});
