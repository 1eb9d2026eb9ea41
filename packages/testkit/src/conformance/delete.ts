import assert from 'node:assert/strict';
import type { DeleteResult } from '@org/storage-core';
import { bytes } from './content.js';
import {
  assertAbsent,
  assertFile,
  assertStorageError,
  inParallel,
  listNames,
  rejected,
} from './expectations.js';
import type { ConformanceCase } from './harness.js';

const UPLOADS_AT_ONCE = 16;

function assertOutcome(
  result: DeleteResult,
  deleted: readonly string[],
  failed: readonly string[],
): void {
  assert.deepEqual([...result.deleted].sort(), [...deleted].sort(), 'deleted');
  assert.deepEqual(result.failed.map(({ key }) => key).sort(), [...failed].sort(), 'failed');
}

export const deleteCases: readonly ConformanceCase[] = [
  {
    name: 'a deleted file is gone for every operation, and its neighbours are not',
    async run(context) {
      const { provider } = context;
      const neighbours = ['folder/file.tx', 'folder/file.txt1', 'folder/other', 'file.txt'];
      for (const key of ['folder/file.txt', ...neighbours]) await provider.upload(key, key);
      await provider.delete('folder/file.txt');
      await assertAbsent(context, 'folder/file.txt');
      for (const key of neighbours) await assertFile(context, key, Buffer.from(key));
    },
  },
  {
    name: 'deleting what does not exist is no error, and deletes nothing else',
    async run(context) {
      const { provider } = context;
      await provider.upload('folder/file', 'x');
      for (const key of ['missing', 'folder', 'folder/missing', 'folder/file/below', 'folder/f']) {
        await provider.delete(key);
        await provider.delete(key);
      }
      await assertFile(context, 'folder/file', Buffer.from('x'));
    },
  },
  {
    name: 'a file that was deleted can be uploaded again, without its old metadata',
    async run(context) {
      const { provider } = context;
      const options = provider.capabilities.metadata === 'absent' ? {} : { metadata: { a: '1' } };
      await provider.upload('folder/file', 'old', options);
      await provider.delete('folder/file');
      await provider.upload('folder/file', 'new');
      const { metadata } = await assertFile(context, 'folder/file', Buffer.from('new'));
      assert.deepEqual({ ...metadata }, {}, 'metadata');
    },
  },
  {
    name: 'twenty deletes of one file at once all succeed',
    async run(context) {
      await context.provider.upload('file', 'x');
      await Promise.all(Array.from({ length: 20 }, () => context.provider.delete('file')));
      await assertAbsent(context, 'file');
    },
  },
  {
    name: 'an emptied folder is listed no more, and a file can take its name',
    async run(context) {
      const { provider } = context;
      await provider.upload('folder/sub/file', 'x');
      await provider.delete('folder/sub/file');
      assert.deepEqual(await listNames(provider, { delimiter: '/' }), []);
      await provider.upload('folder', bytes(10));
      await assertFile(context, 'folder', bytes(10));
      await provider.delete('folder');
      await provider.upload('folder/file', bytes(20));
      await assertFile(context, 'folder/file', bytes(20));
    },
  },
  {
    name: 'deleteMany tells the outcome of each key, once',
    async run(context) {
      const { provider } = context;
      for (const key of ['a', 'b/c', 'b/d', 'stays']) await provider.upload(key, key);
      const result = await provider.deleteMany(['a', 'missing', 'b/c', 'a', 'b/d', 'missing']);
      assertOutcome(result, ['a', 'missing', 'b/c', 'b/d'], []);
      assert.deepEqual(await listNames(provider), ['stays']);
    },
  },
  {
    name: 'deleteMany reports a key that is none, and deletes the others',
    async run(context) {
      const { provider } = context;
      for (const key of ['a', 'b', 'stays']) await provider.upload(key, key);
      const invalid = ['', '../a', 'a//b', 'b/', '\ud800'];
      const result = await provider.deleteMany(['a', ...invalid, 'b']);
      assertOutcome(result, ['a', 'b'], invalid);
      for (const { key, error } of result.failed) {
        assertStorageError(error, 'InvalidKey', `deleting ${JSON.stringify(key)}`);
        assert.equal(error.key, key, 'the error’s key');
      }
      assert.deepEqual(await listNames(provider), ['stays']);
    },
  },
  {
    name: 'deleteMany takes any iterable, also an empty one, but not a single text',
    async run(context) {
      const { provider } = context;
      for (const key of ['a', 'b', 'c']) await provider.upload(key, key);
      assertOutcome(await provider.deleteMany([]), [], []);
      assertOutcome(await provider.deleteMany(new Set(['a'])), ['a'], []);
      const generated = (function* () {
        yield 'b';
      })();
      assertOutcome(await provider.deleteMany(generated), ['b'], []);
      // A text is an iterable of letters: what was meant is one key.
      await rejected(context, provider.deleteMany('c'), 'InvalidArgument', 'a single text');
      assert.deepEqual(await listNames(provider), ['c']);
    },
  },
  {
    name: 'deleteMany deletes more files than go into one request',
    async run(context) {
      const { provider, manyFiles } = context;
      const keys = Array.from({ length: manyFiles }, (_, i) => `many/${i % 7}/${i}`);
      await inParallel([...keys, 'stays'], UPLOADS_AT_ONCE, (key) => provider.upload(key, key));
      const result = await context.settled(
        provider.deleteMany(['.', ...keys, 'missing']),
        'deleteMany',
      );
      assertOutcome(result, [...keys, 'missing'], ['.']);
      assert.deepEqual(await listNames(provider), ['stays']);
    },
  },
];
