import {
  type FileVersion,
  type ListEntry,
  type ListOptions,
  MemoryStorageProvider,
  type MultipartUpload,
  readAll,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layered, prefix } from '../src/index.js';
import { everything, unfinished } from './everything.js';
import { Faults } from './faults.js';

async function all<T>(listing: AsyncIterable<T> | undefined): Promise<T[]> {
  const entries: T[] = [];
  for await (const entry of listing ?? []) entries.push(entry);
  return entries;
}

async function names(provider: StorageProvider, options?: ListOptions): Promise<string[]> {
  return (await all<ListEntry>(provider.list(options))).map((entry) =>
    entry.type === 'file' ? entry.key : entry.prefix,
  );
}

it('keys are below the folder, and nothing beside it is seen', async () => {
  const memory = new MemoryStorageProvider();
  for (const folder of ['tenants/7', 'tenants/7/']) {
    const provider = layered(memory, prefix(folder));
    const { key } = await provider.upload('a/b', 'x');
    expect(key).toBe('a/b');
  }
  await memory.upload('tenants/70', 'x');
  await memory.upload('tenants/7', 'x');
  await memory.upload('tenants/7-b/c', 'x');
  const provider = layered(memory, prefix('tenants/7'));
  expect(await names(provider)).toEqual(['a/b']);
  expect(await names(provider, { delimiter: '/' })).toEqual(['a/']);
  expect(await names(memory, { prefix: 'tenants/7/' })).toEqual(['tenants/7/a/b']);
});

it('copies, moves and bulk deletes stay below the folder, and tell the caller’s keys', async () => {
  const memory = new MemoryStorageProvider();
  await memory.upload('a', 'outside');
  const provider = layered(memory, prefix('in'));
  await provider.upload('a', 'x');
  expect((await provider.copy('a', 'b')).key).toBe('b');
  expect((await provider.move('b', 'c')).key).toBe('c');
  const result = await provider.deleteMany(['a', '../a', 'c', 'missing']);
  expect(result.deleted).toEqual(['a', 'c', 'missing']);
  expect(result.failed).toMatchObject([
    { key: '../a', error: { code: 'InvalidKey', key: '../a' } },
  ]);
  expect(await names(memory)).toEqual(['a']);
});

it('no key leads out of the folder', async () => {
  const memory = new MemoryStorageProvider();
  const provider = layered(memory, prefix('in/here'));
  const segment = fc.constantFrom('..', '.', '', 'a', '\\..', '%2e%2e', 'in', 'here');
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 6 }), async (segments) => {
      const key = segments.join('/');
      const stored = await provider.upload(key, 'x').catch((error: unknown) => error);
      for (const name of await names(memory)) expect(name.startsWith('in/here/')).toBe(true);
      if (stored instanceof StorageError) expect(stored).toMatchObject({ code: 'InvalidKey', key });
    }),
  );
});

it('a key that is too long with the folder is InvalidKey', async () => {
  const provider = layered(new MemoryStorageProvider(), prefix('12345'));
  await provider.upload('é'.repeat(509), 'x');
  const key = `${'é'.repeat(509)}a`;
  await expect(provider.upload(key, 'x')).rejects.toMatchObject({
    code: 'InvalidKey',
    operation: 'upload',
    key,
    message: expect.stringContaining('1025'),
  });
});

it('errors have the caller’s key, also in the message; the original is the cause', async () => {
  const provider = layered(new MemoryStorageProvider(), prefix('secret/7'));
  const error = await provider.stat('a').catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'NotFound', key: 'a', message: 'there is no file a' });
  expect((error as StorageError).cause).toMatchObject({ key: 'secret/7/a' });
  const refused = provider.upload(5 as never, 'x');
  await expect(refused).rejects.toMatchObject({ code: 'InvalidKey', operation: 'upload' });
});

it('an error of the caller’s own key has that key, also where it begins like the folder', async () => {
  const provider = layered(everything().provider, prefix('in'));
  for (const call of [
    provider.stat('in/..'),
    provider.copy('a', 'in/..'),
    all(provider.multipart?.listParts('in/..', 'u')),
  ])
    await expect(call).rejects.toMatchObject({ code: 'InvalidKey', key: 'in/..' });
});

it('an error of a downloaded body has the caller’s key', async () => {
  const memory = new MemoryStorageProvider();
  await memory.upload('in/a', 'x'.repeat(1_000_000));
  const failing: StorageProvider = Object.assign(Object.create(memory), {
    async download(key: string) {
      const download = await memory.download(key);
      download.body.destroy(new StorageError('Conflict', `${key} has changed`, { key }));
      return download;
    },
  });
  const { body } = await layered(failing, prefix('in')).download('a');
  const read = readAll(body);
  await expect(read).rejects.toMatchObject({
    code: 'Conflict',
    key: 'a',
    message: 'a has changed',
  });
});

it('what a listing skips is told relative to the folder', async () => {
  const memory = new MemoryStorageProvider();
  const asked: ListOptions[] = [];
  const skipping: StorageProvider = Object.assign(Object.create(memory), {
    list(options: ListOptions = {}) {
      asked.push(options);
      options.onSkip?.({ reason: 'link', path: 'in/link', detail: 'a link' });
      return memory.list({ ...options, onSkip: undefined });
    },
  });
  const told: string[] = [];
  const onSkip = ({ path }: { path: string }) => told.push(path);
  await names(layered(skipping, prefix('in')), { prefix: 'l', startAfter: 'k', onSkip });
  expect(told).toEqual(['link']);
  expect(asked).toMatchObject([{ prefix: 'in/l', startAfter: 'in/k' }]);
});

it('versions, multipart uploads, tags, URLs and tickets are those below the folder', async () => {
  const { provider: inner, memory, asked } = everything(['in/a', 'in/b', 'out/c']);
  await memory.upload('in/a', 'x', { tags: { kind: 'x' } });
  const provider = layered(inner, prefix('in'));
  const { multipart, versions } = provider;
  expect(await all<MultipartUpload>(multipart?.list())).toEqual(['a', 'b'].map(unfinished));
  expect(await all<MultipartUpload>(multipart?.list({ prefix: 'b' }))).toEqual([unfinished('b')]);
  expect(await all(multipart?.listParts('a', 'u'))).toHaveLength(1);
  expect((await multipart?.complete('a', 'u', []))?.key).toBe('a');
  await multipart?.abort('a', 'u');
  const swept = await multipart?.sweep({ initiatedBefore: new Date() });
  expect(swept?.aborted).toEqual([unfinished('b')]);
  expect(swept?.failed).toMatchObject([
    { upload: unfinished('a'), error: { key: 'a', message: 'may not abort a' } },
  ]);
  const [version, ...others] = await all<FileVersion>(versions?.list());
  expect([version?.key, others]).toEqual(['a', []]);
  expect((await versions?.restore('a', 'v'))?.key).toBe('a');
  expect(await provider.tags?.get('a')).toEqual({ kind: 'x' });
  await provider.tags?.set('a', { kind: 'y' });
  expect(await memory.tags.get('in/a')).toEqual({ kind: 'y' });
  await provider.createDownloadUrl?.('a');
  await provider.createUploadTicket?.('a');
  expect(asked).toEqual([
    'listUploads in/',
    'listUploads in/b',
    'listParts in/a',
    'completeUpload in/a',
    'abortUpload in/a',
    'sweepUploads in/',
    'listVersions in/',
    'restoreVersion in/a',
    'createDownloadUrl in/a',
    'createUploadTicket in/a',
  ]);
});

it('a failed listing has an error with its place', async () => {
  const faults = new Faults().plan('list', 'Unavailable', 0);
  const provider = layered(new MemoryStorageProvider(), prefix('in'), faults.layer);
  await provider.upload('a', 'x');
  await expect(names(provider)).rejects.toMatchObject({ code: 'Unavailable', operation: 'list' });
});

it.each(['', '/', '/a', 'a//', 'a/../b', '..', 'a\0', 'k'.repeat(1024)])(
  'the folder %j is refused',
  (folder) => {
    expect(() => prefix(folder)).toThrow(expect.objectContaining({ code: 'InvalidKey' }));
  },
);
