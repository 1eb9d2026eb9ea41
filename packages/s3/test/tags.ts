import type { FileTags } from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import { expect, test } from 'vitest';
import { someKey } from './store.js';

/** What holds over every S3 server that has tags. */
export function tagTests(storage: () => S3StorageProvider): void {
  const tagsOf = (provider: S3StorageProvider): FileTags => {
    if (provider.tags === undefined) throw new Error('the provider has no tags');
    return provider.tags;
  };

  test('tags are set, replaced and removed, and the file stays what it is', async () => {
    const provider = storage();
    const tags = tagsOf(provider);
    const key = someKey('Ü + 100%.txt');
    const sent = await provider.upload(key, 'x', { metadata: { a: 'ü' } });
    expect(await tags.get(key)).toEqual({});
    for (const set of [{ 'größe +-=._:/@': 'a b/é' }, { empty: '', other: '1' }, {}]) {
      await tags.set(key, set);
      expect(await tags.get(key)).toEqual(set);
    }
    const { etag, metadata } = await provider.stat(key);
    expect({ etag, metadata }).toEqual({ etag: sent.etag, metadata: { a: 'ü' } });
  });

  test('the tags of a file that is not there are NotFound', async () => {
    const tags = tagsOf(storage());
    const key = someKey();
    const calls = {
      getTags: () => tags.get(key),
      setTags: () => tags.set(key, { a: 'b' }),
      'setTags ': () => tags.set(key, {}),
    };
    for (const [operation, call] of Object.entries(calls)) {
      const refused = { code: 'NotFound', key, operation: operation.trim() };
      await expect(call(), operation).rejects.toMatchObject(refused);
    }
  });
}
