import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { stripeName } from '../src/key-locks.js';
import { buildForChildren, type Child, startChild } from './child.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

buildForChildren();

/**
 * One process of many. It waits for a directory to come into being, then reads and writes the file `shared` in every way, and
 * increments the number in the file `counter` by nothing but conditional updates, until the time is over. Each body says what
 * its metadata have to be.
 */
const contender = (start: string, milliseconds: number) => `
  const { existsSync } = await import('node:fs');
  const { createHash } = await import('node:crypto');
  const sha = (text) => createHash('sha256').update(text).digest('hex');
  const content = (n) => {
    const text = JSON.stringify({ n, by: process.pid, pad: 'x'.repeat(Math.floor(Math.random() * 3000)) });
    return [text, { n: String(n), sha: sha(text) }];
  };
  const read = async (key) => {
    const { metadata, body } = await provider.download(key);
    let text = '';
    for await (const chunk of body.setEncoding('utf8')) text += chunk;
    const { n } = JSON.parse(text);
    const agrees = metadata.metadata.sha === sha(text) && metadata.metadata.n === String(n)
      && metadata.checksums.sha256 === sha(text) && metadata.size === text.length;
    if (!agrees) say('torn', key, text, JSON.stringify(metadata));
    return { n, etag: metadata.etag };
  };
  const increment = async (key) => {
    const { n, etag } = await read(key);
    const [text, metadata] = content(n + 1);
    const updated = await provider.upload(key, text, { metadata, condition: { type: 'match', etag } });
    say('updated', key, etag, updated.etag, n + 1);
  };
  const write = (condition) => {
    const [text, metadata] = content(0);
    return provider.upload('shared', text, { metadata, condition });
  };
  const ways = [
    () => increment('counter'),
    () => increment('counter'),
    () => increment('shared'),
    () => read('shared'),
    () => write(undefined),
    () => write({ type: 'absent' }),
    async () => {
      const { etag } = await read('shared');
      await provider.delete('shared', { condition: { type: 'match', etag } });
      say('deleted', 'shared', etag);
    },
  ];
  const allowed = ['PreconditionFailed', 'AlreadyExists', 'NotFound', 'Conflict'];
  say('ready');
  while (!existsSync(${JSON.stringify(start)})) await sleep(5);
  const end = Date.now() + ${milliseconds};
  while (Date.now() < end) {
    try {
      await ways[Math.floor(Math.random() * ways.length)]();
    } catch (error) {
      if (!allowed.includes(error.code)) say('failed', error.stack);
    }
  }
  await provider.close();
  say('over');`;

interface Change {
  readonly key: string;
  readonly from: string;
  readonly to: string | undefined;
  readonly n: number;
}

/** What the processes have printed, of whole lines. */
function changesIn(printed: readonly string[]) {
  const lines = printed.flatMap((text) => text.split('\n').slice(0, -1));
  expect(lines.filter((line) => /^(torn|failed)/.test(line))).toEqual([]);
  const changes = lines
    .filter((line) => /^(updated|deleted) /.test(line))
    .map((line): Change => {
      const [, key = '', from = '', to, n] = line.split(' ');
      return { key, from, to, n: Number(n) };
    });
  for (const key of ['shared', 'counter']) {
    const from = changes.filter((change) => change.key === key).map((change) => change.from);
    expect(new Set(from).size, `two changes of one version of ${key}`).toBe(from.length);
  }
  const counted = changes.filter(({ key }) => key === 'counter').sort((a, b) => a.n - b.n);
  return { counted, ofShared: changes.length - counted.length };
}

async function contest(processes: number, milliseconds: number) {
  const { provider, root } = await localStorage({ durability: 'relaxed' });
  const first = JSON.stringify({ n: 0 });
  const metadata = { n: '0', sha: createHash('sha256').update(first).digest('hex') };
  for (const key of ['counter', 'shared']) await provider.upload(key, first, { metadata });
  const start = join(root, 'start');
  const children = Array.from({ length: processes }, () =>
    startChild(root, contender(start, milliseconds), undefined, { durability: 'relaxed' }),
  );
  await Promise.all(children.map((child) => child.said('ready')));
  await mkdir(start);
  return { provider, root, children };
}

const ended = (children: readonly Child[]) => Promise.all(children.map((child) => child.ended()));

describe('many processes that read and write one key', () => {
  it('64 of them never see half a file, lose no conditional update and leave nothing behind', async () => {
    const { provider, root, children } = await contest(64, 10_000);
    const printed = await ended(children);
    for (const text of printed) expect(text).toContain('over');
    const { counted, ofShared } = changesIn(printed);
    expect(ofShared).toBeGreaterThan(0);
    const { metadata, body } = await provider.download('counter');
    expect(JSON.parse(`${await readAll(body)}`)).toMatchObject({ n: counted.length });
    expect(counted.map(({ n }) => n)).toEqual(counted.map((_, i) => i + 1));
    for (const [i, { to }] of counted.entries()) {
      expect(to).toBe(counted[i + 1]?.from ?? metadata.etag); // one chain of versions
    }
    expect(await readdir(stagingIn(root))).toEqual([]);
    const files = (await filesIn(root)).filter((path) => !path.startsWith('.'));
    expect(await filesIn(metaIn(root))).toHaveLength(files.length);
  });

  it('that are killed in the middle leave no lock: the others go on', async () => {
    const { provider, root, children } = await contest(16, 5_000);
    const [victims, survivors] = [children.slice(0, 8), children.slice(8)];
    for (const { process } of victims) {
      await new Promise((done) => setTimeout(done, 50 + Math.random() * 100));
      process.kill('SIGKILL');
    }
    const before = await ended(victims);
    const { n } = JSON.parse(`${await readAll((await provider.download('counter')).body)}`);
    const printed = await ended(survivors);
    for (const text of printed) expect(text).toContain('over');
    const { counted } = changesIn([...before, ...printed]);
    const last = JSON.parse(`${await readAll((await provider.download('counter')).body)}`);
    expect(last.n).toBeGreaterThan(n);
    expect(new Set(counted.map((change) => change.n)).size).toBe(counted.length);
    // A killed process may have come to an update, and not to say so.
    expect(last.n - counted.length).toBeGreaterThanOrEqual(0);
    expect(last.n - counted.length).toBeLessThanOrEqual(victims.length);

    const next = await localStorage({ root });
    for (const key of ['counter', 'shared']) await next.provider.upload(key, 'x');
    expect(await readdir(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).toHaveLength(2);
  });
});

describe('a lock', () => {
  const hold = (path: string) => `
    const { openSync } = await import('node:fs');
    const { tryLock } = require('fs-native-extensions');
    say(tryLock(openSync(${JSON.stringify(path)}, 'r+')) ? 'locked' : 'refused');
    setInterval(() => {}, 1000);`;

  it('that another process holds is waited for, as long as the signal allows, and ends with the process', async () => {
    const { provider, root } = await localStorage();
    const { etag } = await provider.upload('file', 'old');
    const child = startChild(root, hold(join(root, '.storage/locks', stripeName('file'))));
    await child.said('locked');
    const signal = AbortSignal.timeout(200);
    const condition = { type: 'match', etag } as const;
    const calls = [
      provider.upload('file', 'new', { signal }),
      provider.delete('file', { signal }),
      provider.tags.set('file', { a: '1' }, { signal }),
      provider.trash.put('file', { signal }),
    ];
    await Promise.all(calls.map((call) => rejection(call, 'Timeout')));
    expect(await provider.stat('file')).toMatchObject({ etag });
    expect(await readdir(stagingIn(root))).toEqual([]);
    const waiting = provider.upload('file', 'new', { condition });
    child.process.kill('SIGKILL');
    await child.ended();
    const updated = await waiting;
    expect(await provider.stat('file')).toEqual(updated);
  });

  it('keeps nobody from reading, creating or listing', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'old');
    await provider.delete('file');
    const child = startChild(root, hold(join(root, '.storage/locks', stripeName('file'))));
    await child.said('locked');
    await provider.upload('file', 'new', { condition: { type: 'absent' } });
    expect(await provider.exists('file')).toBe(true);
    for await (const entry of provider.list()) expect(entry).toMatchObject({ key: 'file' });
  });
});
