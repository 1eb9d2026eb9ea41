import { link, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { formatOwner, lifeOf, type Owner, parseOwner, self } from '../src/owner.js';
import { parseStagingName } from '../src/staging.js';
import { buildForChildren, startChild } from './child.js';
import { failOn } from './faults.js';
import { filesIn, localStorage, metaIn, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

buildForChildren();

const HOUR = 60 * 60 * 1000;
const HASH = 'ab'.repeat(32);

const stagingName = (owner: Owner) => `${formatOwner(owner)}.0123456789abcdef.${HASH}`;

/** A file in staging, of that owner and age. */
async function stage(root: string, name: string, age: number): Promise<void> {
  await mkdir(stagingIn(root), { recursive: true });
  const path = join(stagingIn(root), name);
  await writeFile(path, 'half');
  const time = (Date.now() - age) / 1000;
  await utimes(path, time, time);
}

describe('a process that is killed in the middle of an upload', () => {
  const upload = (options: string) => `
    async function* body() {
      yield Buffer.alloc(1_000_000, 'n');
      await sleep(50);
      say('half');
      await sleep(60_000);
    }
    await provider.upload('a/file', body(), { metadata: { version: 'new' }, ${options} });`;

  it('leaves the old file and its metadata whole, and a later run reclaims what it has left', async () => {
    const { provider, root } = await localStorage();
    const old = await provider.upload('a/file', 'old', { metadata: { version: 'old' } });
    const child = startChild(root, upload(''));
    await child.said('half');
    expect(await readdir(stagingIn(root))).toHaveLength(1);
    child.process.kill('SIGKILL');
    await child.ended();

    expect(await readdir(stagingIn(root))).toHaveLength(1);
    const next = await localStorage({ root });
    expect(await next.provider.stat('a/file')).toEqual(old);
    expect(`${await readAll((await next.provider.download('a/file')).body)}`).toBe('old');
    await next.provider.upload('other', 'x');
    expect(await readdir(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).toHaveLength(2);
    expect(await next.provider.stat('a/file')).toEqual(old);
  });

  it('at any moment leaves the old or the new file, with its metadata', async () => {
    const { root } = await localStorage();
    const text = (version: number) => `version ${version} `.repeat(1 + (version % 500));
    for (let round = 0; round < 8; round++) {
      const child = startChild(
        root,
        `for (let i = 0; ; i++) {
           await provider.upload('a/file', ('version ' + i + ' ').repeat(1 + (i % 500)), { metadata: { version: '' + i } });
           if (i === 3) say('going');
         }`,
      );
      await child.said('going');
      await new Promise((done) => setTimeout(done, 7 * round));
      child.process.kill('SIGKILL');
      await child.ended();
      const next = await localStorage({ root });
      const { metadata, body } = await next.provider.download('a/file');
      expect(`${await readAll(body)}`).toBe(text(Number(metadata.metadata['version'])));
      await next.provider.upload('other', 'x');
      expect(await readdir(stagingIn(root))).toEqual([]);
    }
    const last = await localStorage({ root });
    await last.provider.upload('a/file', 'x');
    expect(await filesIn(metaIn(root))).toHaveLength(2);
  });

  it('while it runs keeps its staging file, whoever else starts', async () => {
    const { root } = await localStorage();
    const child = startChild(root, upload(''));
    await child.said('half');
    const other = await localStorage({ root });
    await other.provider.upload('other', 'x');
    expect(await readdir(stagingIn(root))).toHaveLength(1);
    child.process.kill('SIGSTOP'); // paused is not dead
    const third = await localStorage({ root });
    await third.provider.upload('other', 'x');
    expect(await readdir(stagingIn(root))).toHaveLength(1);
  });
});

describe('what a crash has left in staging', () => {
  it('between the metadata and the rename goes with its metadata', async () => {
    const { provider, root } = await localStorage();
    const old = await provider.upload('file', 'old', { metadata: { version: 'old' } });
    // As an upload leaves it there: the metadata of a body that is still in staging, of a process that has ended.
    await provider.upload('file', 'new', { metadata: { version: 'new' } });
    const [metadataFile = ''] = await filesIn(metaIn(root));
    const text = await readFile(join(metaIn(root), metadataFile), 'utf8');
    const staging = /"staging":"([^"]+)"/.exec(text)?.[1] ?? '';
    const dead = staging.replace(/-\d+\./, '-1.'); // started with the machine
    await rename(join(root, 'file'), join(stagingIn(root), dead));
    await writeFile(join(metaIn(root), metadataFile), text.replace(staging, dead));
    await writeFile(join(root, 'file'), 'old');

    const next = await localStorage({ root });
    await next.provider.upload('other', 'x');
    expect(await readdir(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).not.toContain(metadataFile);
    expect((await next.provider.stat('file')).size).toBe(old.size);
  });

  it('in the middle of the metadata goes with the body', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'content');
    const [metadataFile = ''] = await filesIn(metaIn(root));
    const [shardAndHash = ''] = metadataFile.split('.');
    const dead = `${formatOwner({ ...self, started: '1' })}.0123456789abcdef.${shardAndHash.slice(4)}`;
    const body = join(stagingIn(root), dead);
    await writeFile(body, 'new content');
    const { ino, mtimeNs } = await stat(body, { bigint: true });
    const half = `${shardAndHash}.${ino.toString(16)}-${mtimeNs.toString(16)}.json`;
    await writeFile(join(metaIn(root), half), '{"key":"fi');
    const next = await localStorage({ root });
    await next.provider.reclaim();
    expect(await filesIn(metaIn(root))).toEqual([metadataFile]);
    expect(await readdir(stagingIn(root))).toEqual([]);
  });

  it('in the middle of the metadata, without the body, goes with a write after a day: until then it may be going on', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'content');
    const [metadataFile = ''] = await filesIn(metaIn(root));
    const half = metadataFile.replace(/\.[^.]+\.json$/, '.1-1.json');
    await writeFile(join(metaIn(root), half), '{"key":"fi');
    await provider.upload('file', 'again');
    expect(await filesIn(metaIn(root))).toContain(half);
    const longAgo = Date.now() / 1000 - 25 * 3600;
    await utimes(join(metaIn(root), half), longAgo, longAgo);
    await provider.upload('file', 'and again');
    expect(await filesIn(metaIn(root))).toHaveLength(1);
    expect(await filesIn(metaIn(root))).not.toContain(half);
  });

  it('between link and unlink is a second name only: the file keeps its metadata', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'content', { metadata: { kept: 'yes' } });
    const [metadataFile = ''] = await filesIn(metaIn(root));
    const hash = metadataFile.split('/')[1]?.split('.')[0];
    const dead = `${formatOwner({ ...self, started: '1' })}.0123456789abcdef.${hash}`;
    await link(join(root, 'file'), join(stagingIn(root), dead));
    const next = await localStorage({ root });
    await next.provider.upload('other', 'x');
    expect(await readdir(stagingIn(root))).toEqual([]);
    expect((await next.provider.stat('file')).metadata).toEqual({ kept: 'yes' });
  });

  it.each<[string, string, number, boolean]>([
    ['of this process', stagingName(self), 100 * HOUR, true],
    ['of an ended process', stagingName({ ...self, started: '1' }), 0, false],
    ['metadata of an ended process', `${stagingName({ ...self, started: '1' })}.json`, 0, false],
    ['of a process id that is not in use', stagingName({ ...self, pid: 4_194_303 }), 0, false],
    ['of another host, new', stagingName({ ...self, place: '0'.repeat(16) }), 23 * HOUR, true],
    ['of another host, old', stagingName({ ...self, place: '0'.repeat(16) }), 25 * HOUR, false],
    ['of something else, new', 'what.is.this', 23 * HOUR, true],
    ['of something else, old', 'what.is.this', 25 * HOUR, false],
  ])('%s: %s', async (_, name, age, stays) => {
    const { provider, root } = await localStorage();
    await stage(root, name, age);
    await provider.upload('file', 'x');
    expect(await readdir(stagingIn(root))).toEqual(stays ? [name] : []);
  });

  it('that can’t be reclaimed keeps no upload from its work', async () => {
    const { provider, root } = await localStorage();
    const name = stagingName({ ...self, started: '1' });
    await stage(root, name, 0);
    failOn('rm', name, 'EACCES');
    await provider.upload('file', 'x');
    expect((await stat(join(root, 'file'))).size).toBe(1);
    expect(await readdir(stagingIn(root))).toEqual([name]);
  });
});

describe('who owns a staging file', () => {
  it('is told from its name', () => {
    expect(parseStagingName(stagingName(self))).toEqual({ owner: self, hash: HASH });
    expect(parseStagingName(`${stagingName(self)}.json`)).toEqual({ owner: self, hash: HASH });
    expect(parseOwner(formatOwner(self))).toEqual(self);
    for (const name of ['', 'x', `${stagingName(self)}x`, 'a-b-c.d.e', `.${HASH}`]) {
      expect(parseStagingName(name)).toBeUndefined();
    }
  });

  it('is alive, dead, or unknown where process ids mean something else', () => {
    expect(lifeOf(self)).toBe('alive');
    expect(lifeOf({ ...self, pid: 1, started: '0' })).toBe('alive'); // where no start can be told
    expect(lifeOf({ ...self, place: 'f'.repeat(16) })).toBe('unknown');
    expect(lifeOf({ ...self, pid: 4_194_303 })).toBe('dead');
  });

  // Elsewhere the time at which a process was started can't be seen.
  it.skipIf(process.platform !== 'linux')('is dead if its process id is used again', () => {
    expect(self.started).not.toBe('0');
    expect(lifeOf({ ...self, started: `${Number(self.started) - 1}` })).toBe('dead');
  });
});
