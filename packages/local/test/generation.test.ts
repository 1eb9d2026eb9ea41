import { createHash } from 'node:crypto';
import {
  chmod,
  link,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { readAll, type StorageProvider } from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { onCall, withoutSyncs } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const content = async (provider: StorageProvider, key: string) =>
  `${await readAll((await provider.download(key)).body)}`;

describe('a body and its metadata are one generation', () => {
  it('readers never see a mixture, during 1000 replacements', async () => {
    const { provider, root } = await localStorage();
    const reader = await localStorage({ root });
    const text = (version: string | undefined) =>
      `version ${version}`.padEnd(20 + (Number(version) % 50));
    const write = (version: number) =>
      provider.upload('file', text(`${version}`), { metadata: { version: `${version}` } });
    withoutSyncs();
    await write(0);
    let writing = true;
    let seen = 0;
    const read = async () => {
      while (writing) {
        const { metadata, body } = await reader.provider.download('file');
        const found = `${await readAll(body)}`;
        expect(found).toBe(text(metadata.metadata['version']));
        expect(metadata.size).toBe(found.length);
        expect(metadata.checksums.sha256).toBe(createHash('sha256').update(found).digest('hex'));
        const file = await reader.provider.stat('file');
        expect(file.size).toBe(text(file.metadata['version']).length);
        seen++;
      }
    };
    const reading = [read(), read(), read()];
    const writes = async () => {
      for (let version = 1; version <= 1000; version++) await write(version);
    };
    await Promise.all([...reading, writes().finally(() => (writing = false))]);
    expect(seen).toBeGreaterThan(100);
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });

  it('a reader whose file is replaced between the body and the metadata gets the new ones', async () => {
    const { provider, root } = await localStorage();
    const writer = await localStorage({ root });
    await provider.upload('file', 'old', { metadata: { version: 'old' } });
    let replaced = false;
    onCall(async (call, [path]) => {
      if (call !== 'open' || replaced || !String(path).includes('/meta/')) return;
      replaced = true;
      await writer.provider.upload('file', 'new!', { metadata: { version: 'new' } });
    });
    const { metadata, body } = await provider.download('file');
    expect(replaced).toBe(true);
    expect(metadata).toMatchObject({ size: 4, metadata: { version: 'new' } });
    expect(`${await readAll(body)}`).toBe('new!');
  });

  it('a file that is replaced every time somebody looks is a Conflict in the end', async () => {
    const { provider, root } = await localStorage();
    const writer = await localStorage({ root });
    await provider.upload('file', 'old');
    let busy = false;
    onCall(async (call, [path]) => {
      if (call !== 'open' || busy || !String(path).includes('/meta/')) return;
      busy = true;
      await writer.provider.upload('file', 'again');
      busy = false;
    });
    const error = await rejection(provider.stat('file'), 'Conflict');
    expect(error.retryable).toBe(true);
  });

  it('a file that is deleted between the body and the metadata is not found', async () => {
    const { provider, root } = await localStorage();
    const writer = await localStorage({ root });
    await provider.upload('file', 'old');
    let deleted = false;
    onCall(async (call, [path]) => {
      if (call !== 'open' || deleted || !String(path).includes('/meta/')) return;
      deleted = true;
      await writer.provider.delete('file');
    });
    await rejection(provider.download('file'), 'NotFound');
  });

  it('what was stored with a file is what is read', async () => {
    const { provider, root } = await localStorage();
    const options = {
      contentType: 'text/x-special',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="a.txt"',
      metadata: { author: 'Zoë 日本', long: 'x'.repeat(20_000) },
    };
    const uploaded = await provider.upload('file', 'content', options);
    const again = await localStorage({ root });
    expect(uploaded).toMatchObject(options);
    expect(await again.provider.stat('file')).toEqual(uploaded);
  });

  it('options that are changed during an upload don’t change the file', async () => {
    const { provider } = await localStorage();
    const metadata = { version: 'announced' };
    const body = (async function* () {
      yield Buffer.from('x');
      metadata.version = 'changed';
    })();
    const uploaded = await provider.upload('file', body, { metadata });
    expect(uploaded.metadata).toEqual({ version: 'announced' });
  });
});

describe('a file that something else has written', () => {
  it('is served with what can be derived', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'page.html'), '<p>');
    const { metadata } = await provider.download('page.html').then(({ body, ...rest }) => {
      body.destroy();
      return rest;
    });
    expect(metadata).toEqual({
      key: 'page.html',
      size: 3,
      etag: expect.any(String),
      lastModified: new Date(Math.floor((await stat(join(root, 'page.html'))).mtimeMs)),
      contentType: 'text/html',
      checksums: {},
      metadata: {},
    });
    expect(await provider.stat('page.html')).toEqual(metadata);
  });

  it.each([
    [
      'replaces',
      async (path: string) => {
        await writeFile(`${path}.new`, 'foreign');
        await rename(`${path}.new`, path);
      },
    ],
    ['overwrites in place', (path: string) => writeFile(path, 'foreign')],
    ['appends to', (path: string) => writeFile(path, 'foreign', { flag: 'a' })],
  ])('one that %s an upload does not get the upload’s metadata', async (_, change) => {
    const { provider, root } = await localStorage();
    await provider.upload('file.txt', 'content', { contentType: 'x/y', metadata: { a: '1' } });
    await change(join(root, 'file.txt'));
    const file = await provider.stat('file.txt');
    expect(file).toMatchObject({ contentType: 'text/plain', checksums: {}, metadata: {} });
    expect(await content(provider, 'file.txt')).toContain('foreign');
  });

  it('does not get them back by its time alone: the size has to fit as well', async () => {
    const { provider, root } = await localStorage();
    const path = join(root, 'file');
    await provider.upload('file', 'content', { metadata: { a: '1' } });
    const [name] = await readdir(metaIn(root));
    const shard = join(metaIn(root), name ?? '');
    const [metadataFile] = await readdir(shard);
    const { ino } = await stat(path, { bigint: true });
    await truncate(path, 3);
    const { mtimeNs } = await stat(path, { bigint: true });
    const hash = metadataFile?.split('.')[0];
    await rename(
      join(shard, metadataFile ?? ''),
      join(shard, `${hash}.${ino.toString(16)}-${mtimeNs.toString(16)}.json`),
    );
    expect((await provider.stat('file')).metadata).toEqual({});
  });

  it('is not given the metadata of another key', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a', 'content', { metadata: { of: 'a' } });
    const [path = ''] = await filesIn(metaIn(root));
    const text = await readFile(join(metaIn(root), path), 'utf8');
    await writeFile(join(metaIn(root), path), text.replace('"key":"a"', '"key":"b"'));
    expect((await provider.stat('a')).metadata).toEqual({});
  });

  it('is replaced and deleted as any other', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'a'), 'foreign');
    await writeFile(join(root, 'b'), 'foreign');
    await provider.upload('a', 'ours', { metadata: { a: '1' } });
    await provider.delete('b');
    expect(await provider.stat('a')).toMatchObject({ metadata: { a: '1' } });
    expect(await provider.exists('b')).toBe(false);
  });
});

describe('metadata of generations that are gone', () => {
  it('are removed with an overwrite, a delete, a copy and a move', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('a', '1');
    await provider.upload('a', '2');
    await provider.copy('a', 'b');
    await provider.copy('a', 'b');
    await provider.move('b', 'c');
    expect(await filesIn(metaIn(root))).toHaveLength(2);
    await provider.deleteMany(['a', 'c']);
    expect(await filesIn(metaIn(root))).toEqual([]);
  });

  it('are removed too when uploads of one key race', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? provider : other.provider).upload('file', `${i}`, { metadata: { i: `${i}` } }),
        ),
      );
    }
    const { metadata } = await provider.stat('file');
    expect(await content(provider, 'file')).toBe(metadata['i']);
    expect(await filesIn(metaIn(root))).toHaveLength(1);
    expect(await readdir(stagingIn(root))).toEqual([]);
  });

  it('stay as long as their upload is under way', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    await provider.upload('file', 'first');
    let raced = false;
    onCall(async (call, [path]) => {
      if (call !== 'open' || path !== root || raced) return;
      if ((await filesIn(metaIn(root))).length < 2) return;
      raced = true; // the metadata are there, the body has not got its name
      await other.provider.upload('file', 'second');
      await other.provider.delete('file');
    });
    await provider.upload('file', 'third', { metadata: { kept: 'yes' } });
    expect(raced).toBe(true);
    expect((await provider.stat('file')).metadata).toEqual({ kept: 'yes' });
  });

  it('of an overwrite in place go with the next upload', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'ours');
    await writeFile(join(root, 'file'), 'foreign');
    await provider.upload('file', 'ours again');
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });

  it('that a crash has left after a delete go with the next one', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x');
    await rm(join(root, 'file'));
    await provider.delete('file');
    expect(await filesIn(metaIn(root))).toEqual([]);
  });
});

describe('damaged metadata', () => {
  const damages = [
    ['are cut off', (text: string) => text.slice(0, text.length / 2)],
    ['are empty', () => ''],
    ['are no JSON', () => 'what?\n'],
    ['lack a field', (text: string) => text.replace('"size"', '"sice"')],
    ['hold numbers in place of text', (text: string) => text.replace('"a":"1"', '"a":1')],
  ] as const;

  it.each(damages)('that %s are an error, not a file without metadata', async (_, damage) => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'content', { metadata: { a: '1' } });
    const [path = ''] = await filesIn(metaIn(root));
    const file = join(metaIn(root), path);
    await writeFile(file, damage(await readFile(file, 'utf8')));
    const error = await rejection(provider.download('file'), 'Unknown');
    expect(error.message).toContain('damaged');
    expect(error.message).toContain(`.storage/meta/${path}`);
    await provider.upload('file', 'again');
    expect(await content(provider, 'file')).toBe('again');
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });
});

it('the time of a file is that of its upload, to the nanosecond in its identity', async () => {
  const { provider, root } = await localStorage();
  const path = join(root, 'file');
  const { etag, lastModified } = await provider.upload('file', 'x');
  const { mtimeNs, mtime } = await stat(path, { bigint: true });
  expect(etag.split('-')[2]).toBe(mtimeNs.toString(16));
  expect(lastModified).toEqual(mtime);
  await utimes(path, 1, 1);
  const touched = await open(path);
  await touched.close();
  expect((await provider.stat('file')).etag).not.toBe(etag);
});

it('a change of mode, owner or links is no other version', async () => {
  const { provider, root } = await localStorage();
  const path = join(root, 'file');
  const { etag } = await provider.upload('file', 'x');
  await chmod(path, 0o600);
  await link(path, join(root, 'other'));
  expect((await provider.stat('file')).etag).toBe(etag);
});

it('a change in place that sets its time back is not served as the version that it pretends to be', async () => {
  const { provider, root } = await localStorage();
  const path = join(root, 'file');
  await provider.upload('file', 'one');
  await utimes(path, 1_000_000_000, 1_000_000_000);
  // As the upload would have been named, had it had that time.
  const [metadataFile = ''] = await filesIn(metaIn(root));
  const { mtimeNs } = await stat(path, { bigint: true });
  const name = metadataFile.replace(/-[0-9a-f]+\.json$/, `-${mtimeNs.toString(16)}.json`);
  await rename(join(metaIn(root), metadataFile), join(metaIn(root), name));
  expect(await content(provider, 'file')).toBe('one');
  await writeFile(path, 'two');
  await utimes(path, 1_000_000_000, 1_000_000_000);
  await expect(content(provider, 'file')).rejects.toMatchObject({ code: 'ChecksumMismatch' });
});

it('no two bodies have the same identity, though inode numbers are used again within a step of the clock', async () => {
  const { provider } = await localStorage({ durability: 'relaxed' });
  const etags = new Set<string>();
  vi.useFakeTimers({ toFake: ['Date'] }); // a clock that stands still
  onTestFinished(() => void vi.useRealTimers());
  for (let i = 0; i < 200; i++) {
    etags.add((await provider.upload('file', 'same')).etag);
    await provider.delete('file');
  }
  expect(etags.size).toBe(200);
});
