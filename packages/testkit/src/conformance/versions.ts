import assert from 'node:assert/strict';
import { supports } from './capabilities.js';
import {
  assertAbsent,
  assertBytes,
  assertFile,
  assertSameFile,
  collected,
  contentOf,
  inParallel,
  listNames,
  rejected,
} from './expectations.js';
import type { ConformanceCase } from './harness.js';
import { member } from './operations.js';

import {
  assertVersion,
  idOf,
  KEY,
  nth,
  summary,
  uploadVersions,
  versionCase,
} from './versioned-store.js';

const AT_ONCE = 16;

export const versionCases: readonly ConformanceCase[] = [
  versionCase('an overwritten file can be had by its version, whole', async (store, context) => {
    const { provider } = store;
    const ids = await uploadVersions(provider, KEY, 3);
    for (const [i, id] of ids.entries()) await assertVersion(store, KEY, id, i + 1);
    const current = await assertFile(context, KEY, nth(3), provider);
    assert.equal(current.versionId, ids[2], 'the current version');
    const versionId = idOf(ids, 1);
    const part = provider.download(KEY, { versionId, range: { start: 10, end: 19 } });
    assertBytes(await contentOf(part), nth(1).subarray(10, 20), 'a part of a version');
    const { etag } = await provider.stat(KEY, { versionId });
    const pinned = { type: 'match', etag } as const;
    const read = provider.download(KEY, { versionId, condition: pinned });
    assertBytes(await contentOf(read), nth(1), 'a version that is the expected one');
  }),
  versionCase(
    'the versions of files are listed by key, and of one key the newest first',
    async ({ provider, versions }) => {
      const ids = await uploadVersions(provider, KEY, 3);
      await uploadVersions(provider, 'folder/earlier', 1);
      await uploadVersions(provider, 'another', 2);
      const listed = await collected(versions.list({ prefix: 'folder/' }));
      assert.deepEqual(summary(listed), [
        'folder/earlier file latest 201',
        `${KEY} file latest 203`,
        `${KEY} file 202`,
        `${KEY} file 201`,
      ]);
      const own = listed.filter(({ key }) => key === KEY);
      assert.deepEqual(
        own.map(({ versionId }) => versionId),
        [...ids].reverse(),
      );
      for (const { versionId, etag, lastModified } of own) {
        const stat = await provider.stat(KEY, { versionId });
        assert.equal(etag, stat.etag, 'the ETag of a version');
        assert.ok(lastModified instanceof Date && !Number.isNaN(lastModified.getTime()));
      }
      assert.equal((await collected(versions.list())).length, 6, 'versions in the store');
    },
  ),
  versionCase(
    'a listing of versions is complete and in order beyond a page',
    async ({ provider, versions }, { manyFiles }) => {
      const keys = Array.from({ length: Math.ceil(manyFiles / 2) }, (_, i) => `many/${i}`);
      await inParallel(keys, AT_ONCE, (key) => provider.upload(key, nth(1)));
      await provider.deleteMany(keys); // leaves a second version of each
      const expected = [...keys]
        .sort() // ASCII
        .flatMap((key) => [`${key} deletion latest`, `${key} file 201`]);
      assert.deepEqual(summary(await collected(versions.list({ prefix: 'many/' }))), expected);
    },
  ),
  versionCase(
    'a deleted file leaves a mark in its history, and its versions can be had back',
    async (store, context) => {
      const { provider, versions } = store;
      const ids = await uploadVersions(provider, KEY, 2);
      await uploadVersions(provider, 'other', 1);
      await provider.delete(KEY);
      await provider.deleteMany(['other']);
      await assertAbsent(context, KEY, provider);
      assert.deepEqual(await listNames(provider), []);
      const listed = await collected(versions.list());
      assert.deepEqual(summary(listed), [
        `${KEY} deletion latest`,
        `${KEY} file 202`,
        `${KEY} file 201`,
        'other deletion latest',
        'other file 201',
      ]);
      for (const [i, id] of ids.entries()) await assertVersion(store, KEY, id, i + 1);
    },
  ),
  versionCase('deleting a version removes it for good, and no other', async (store, context) => {
    const { provider, versions } = store;
    const ids = await uploadVersions(provider, KEY, 3);
    await provider.delete(KEY, { versionId: idOf(ids, 2) });
    assert.deepEqual(summary(await collected(versions.list())), [
      `${KEY} file latest 203`,
      `${KEY} file 201`,
    ]);
    await assertFile(context, KEY, nth(3), provider);
    const gone = { versionId: idOf(ids, 2) };
    const what = 'a version that was deleted';
    await rejected(context, provider.stat(KEY, gone), 'NotFound', what);
    await rejected(context, provider.download(KEY, gone), 'NotFound', what);
    await provider.delete(KEY, { versionId: idOf(ids, 3) });
    await assertFile(context, KEY, nth(1), provider);
    await provider.delete(KEY, { versionId: idOf(ids, 1) });
    await assertAbsent(context, KEY, provider);
    assert.deepEqual(await collected(versions.list()), []);
  }),
  versionCase(
    'deleting the mark of a deletion brings the file back',
    async ({ provider, versions }, context) => {
      await uploadVersions(provider, KEY, 2);
      await provider.delete(KEY);
      const [mark] = await collected(versions.list());
      assert.equal(mark?.type, 'deletion');
      await provider.delete(KEY, { versionId: mark.versionId });
      await assertFile(context, KEY, nth(2), provider);
    },
  ),
  versionCase(
    'a version that is restored is the current one, and those in between stay',
    async (store, context) => {
      const { provider, versions } = store;
      const ids = await uploadVersions(provider, KEY, 2);
      const restored = await versions.restore(KEY, idOf(ids, 1));
      assert.ok(restored.versionId && !ids.includes(restored.versionId), 'a version of its own');
      const current = await assertFile(context, KEY, nth(1), provider);
      assertSameFile(restored, current, 'what restore returns and download');
      await assertVersion(store, KEY, restored.versionId, 1);
      await provider.delete(KEY);
      await versions.restore(KEY, idOf(ids, 2));
      await assertFile(context, KEY, nth(2), provider);
      assert.deepEqual(summary(await collected(versions.list())), [
        `${KEY} file latest 202`,
        `${KEY} deletion`,
        `${KEY} file 201`,
        `${KEY} file 202`,
        `${KEY} file 201`,
      ]);
    },
  ),
  versionCase(
    'restoring what is no version of the file is NotFound and changes nothing',
    async ({ provider, versions }, context) => {
      const ids = await uploadVersions(provider, KEY, 2);
      const gone = idOf(ids, 1);
      await provider.delete(KEY, { versionId: gone });
      await provider.delete(KEY);
      const [mark] = await collected(versions.list());
      assert.ok(mark, 'the mark of the deletion');
      for (const id of [gone, mark.versionId]) {
        await rejected(context, versions.restore(KEY, id), 'NotFound', 'restoring no version');
      }
      await assertAbsent(context, KEY, provider);
      assert.equal((await collected(versions.list())).length, 2, 'versions');
    },
  ),
  versionCase('every version has tags of its own', async ({ provider }, context) => {
    const ids = await uploadVersions(provider, KEY, 2);
    const options = { versionId: idOf(ids, 1) };
    if (!supports(provider, 'tags')) {
      const upload = provider.upload(KEY, nth(3), { tags: { a: 'b' } });
      await rejected(context, upload, 'Unsupported', 'an upload with tags');
      return;
    }
    const tags = member(provider, 'tags');
    await tags.set(KEY, { n: 'first' }, options);
    await tags.set(KEY, { n: 'current' });
    assert.deepEqual({ ...(await tags.get(KEY, options)) }, { n: 'first' });
    assert.deepEqual({ ...(await tags.get(KEY)) }, { n: 'current' });
    await provider.delete(KEY, options);
    await rejected(context, tags.get(KEY, options), 'NotFound', 'tags of a deleted version');
    const set = tags.set(KEY, { n: 'none' }, options);
    await rejected(context, set, 'NotFound', 'setting tags of a deleted version');
    assert.deepEqual({ ...(await tags.get(KEY)) }, { n: 'current' });
  }),
  {
    name: 'a version id of wrong form, or with a condition to delete, is refused and does nothing',
    async run(context) {
      const { provider } = context;
      const { etag } = await provider.upload(KEY, nth(1));
      for (const versionId of ['', 5, null] as unknown as readonly string[]) {
        for (const operation of ['download', 'stat', 'delete'] as const) {
          const call = provider[operation](KEY, { versionId });
          await rejected(context, call, 'InvalidArgument', `${operation} of ${versionId}`);
        }
      }
      const condition = { type: 'match', etag } as const;
      const remove = provider.delete(KEY, { versionId: 'a-version', condition });
      await rejected(context, remove, 'InvalidArgument', 'a version and a condition');
      await assertFile(context, KEY, nth(1));
    },
  },
];
