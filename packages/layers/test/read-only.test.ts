import { Readable } from 'node:stream';
import { isStorageError, readAll, type StorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import { layered, readOnly } from '../src/index.js';
import { everything } from './everything.js';

const CHANGES: Readonly<Record<string, (provider: StorageProvider) => unknown>> = {
  upload: (provider) => provider.upload('a', 'new'),
  delete: (provider) => provider.delete('a'),
  deleteMany: (provider) => provider.deleteMany(['a']),
  copy: (provider) => provider.copy('a', 'b'),
  move: (provider) => provider.move('a', 'b'),
  setTags: (provider) => provider.tags?.set('a', {}),
  restoreVersion: (provider) => provider.versions?.restore('a', 'v'),
  createUploadTicket: (provider) => provider.createUploadTicket?.('a'),
  completeUpload: (provider) => provider.multipart?.complete('a', 'u', []),
  abortUpload: (provider) => provider.multipart?.abort('a', 'u'),
  sweepUploads: (provider) => provider.multipart?.sweep({ initiatedBefore: new Date() }),
  probe: (provider) => provider.probe?.(),
};

it.each(Object.entries(CHANGES))('%s is refused with AccessDenied', async (operation, change) => {
  const { provider: inner, memory, asked } = everything(['a']);
  await memory.upload('a', 'old', { tags: { kind: 'x' } });
  const provider = layered(inner, readOnly());
  await expect(change(provider)).rejects.toMatchObject({
    code: 'AccessDenied',
    operation,
    provider: 'everything',
    retryable: false,
  });
  expect(asked).toEqual([]);
  expect((await readAll((await memory.download('a')).body)).toString()).toBe('old');
  expect(await memory.tags.get('a')).toEqual({ kind: 'x' });
  expect(await memory.exists('b')).toBe(false);
});

it('the body of an upload is discarded, and its errors do not end the process', async () => {
  const provider = layered(everything().provider, readOnly());
  const body = new Readable({ read() {}, destroy: (_, done) => done(new Error('late')) });
  await expect(provider.upload('a', body)).rejects.toSatisfy((error) =>
    isStorageError(error, 'AccessDenied'),
  );
  expect(body.destroyed).toBe(true);
  expect(body.listenerCount('error')).toBeGreaterThan(0);
});

it('what reads passes, and the capabilities stay', async () => {
  const { provider: inner, memory, asked } = everything(['a']);
  await memory.upload('a', 'old', { tags: { kind: 'x' } });
  const provider = layered(inner, readOnly());
  expect((await readAll((await provider.download('a')).body)).toString()).toBe('old');
  expect((await provider.stat('a')).size).toBe(3);
  expect(await provider.exists('a')).toBe(true);
  expect(await provider.tags?.get('a')).toEqual({ kind: 'x' });
  expect((await provider.checkHealth()).healthy).toBe(true);
  expect((await provider.createDownloadUrl?.('a'))?.url).toContain('a');
  const listings = [
    provider.list(),
    provider.versions?.list(),
    provider.multipart?.list(),
    provider.multipart?.listParts('a', 'u'),
  ];
  for (const listing of listings) {
    let entries = 0;
    for await (const _ of listing ?? []) entries++;
    expect(entries).toBe(1);
  }
  expect(asked).toHaveLength(4);
  expect(provider.capabilities).toBe(inner.capabilities);
});

it.each(Object.entries(CHANGES))('%s is let through while it is off', async (_, change) => {
  const { provider: inner, memory } = everything(['a']);
  await memory.upload('a', 'old');
  let on = true;
  const provider = layered(
    inner,
    readOnly(() => on),
  );
  await expect(change(provider)).rejects.toMatchObject({ code: 'AccessDenied' });
  on = false;
  await change(provider);
});
