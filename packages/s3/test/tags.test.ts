import { readAll } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeTags } from '../src/metadata.js';
import { checkTagLimits } from '../src/tag-limits.js';
import { someKey, useServer } from './store.js';
import { tagTests } from './tags.js';

const setup = useServer();

describe('over the server in process', () => {
  tagTests(() => setup.storage());
});

/** What S3 takes in a tag. */
const text = (maxLength: number) =>
  fc
    .string({ unit: 'binary', maxLength: 2 * maxLength })
    .map((value) => value.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '').slice(0, maxLength))
    .filter((value) => !/\p{Surrogate}/u.test(value));
const tagSet = fc.dictionary(
  text(128).filter((name) => name !== '' && !name.startsWith('aws:') && name !== '__proto__'),
  text(256),
  { maxKeys: 10 },
);

test('tags in a header are those that a query has', () => {
  fc.assert(
    fc.property(tagSet, (tags) => {
      checkTagLimits(tags);
      const encoded = encodeTags(tags);
      expect(encoded).toMatch(/^[\x21-\x7e]*$/);
      expect([...new URLSearchParams(encoded)]).toEqual(Object.entries(tags));
    }),
  );
});

test('tags come back as they were set or uploaded', async () => {
  const storage = setup.storage();
  await fc.assert(
    fc.asyncProperty(tagSet, async (tags) => {
      const [uploaded, set] = [someKey(), someKey()];
      await storage.upload(uploaded, 'x', { tags });
      await storage.upload(set, 'x');
      await storage.tags?.set(set, tags);
      expect(await storage.tags?.get(uploaded)).toEqual({ ...tags });
      expect(await storage.tags?.get(set)).toEqual({ ...tags });
    }),
    { numRuns: 25 },
  );
});

test('tags that S3 does not take are refused with the reason, and nothing is sent', async () => {
  const storage = setup.storage();
  const key = someKey();
  const cases = [
    [Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`t${i}`, ''])), /11 tags.*10/],
    [{ ['n'.repeat(129)]: '' }, /name of the tag.*129 characters.*128/],
    [{ a: 'v'.repeat(257) }, /value of the tag "a" has 257 characters.*256/],
    [{ 'a!': '' }, /name of the tag "a!".*other characters/],
    [{ a: '🦊' }, /value of the tag "a".*other characters/],
    [{ 'aws:x': '' }, /"aws:x".*Amazon/],
  ] as const;
  for (const [tags, message] of cases) {
    const refused = { code: 'InvalidArgument', message: expect.stringMatching(message) };
    await expect(storage.tags?.set(key, tags)).rejects.toMatchObject(refused);
    await expect(storage.upload(key, 'x', { tags })).rejects.toMatchObject(refused);
  }
  expect(setup.server.requests.count()).toBe(0);
  const most = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`${i}`.repeat(128), 'v'.repeat(256)]),
  );
  await storage.upload(key, 'x', { tags: most });
  expect(await storage.tags?.get(key)).toEqual(most);
});

test('where the server is not known to have tags, there are none until a probe', async () => {
  const storage = setup.storage({ server: 'r2' });
  expect(storage.tags).toBeUndefined();
  expect(storage.capabilities.tags).toBe('absent');
  await storage.probe();
  expect(storage.tags).toBeDefined();
  const key = someKey();
  await storage.upload(key, 'x', { tags: { a: 'b' } });
  expect((await readAll((await storage.download(key)).body)).toString()).toBe('x');
});
