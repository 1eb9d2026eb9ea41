import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  discardBody,
  MemoryStorageProvider,
  readAll,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { testProvider } from '@org/storage-testkit';
import { type SpooledStorageProvider, spooled } from '../../src/index.js';

/** A target that takes what drainers send, and no plain writes: so that all of these go to the spool. */
function awayForPlainWrites(): StorageProvider {
  const target = new MemoryStorageProvider({ name: 'target' });
  const upload = target.upload.bind(target);
  target.upload = (key, body, options) => {
    if (options?.condition !== undefined) return upload(key, body, options);
    discardBody(body);
    return Promise.reject(new StorageError('Unavailable', 'the target is away'));
  };
  return target;
}

async function open(target: StorageProvider) {
  const root = await mkdtemp(join(tmpdir(), 'spool-'));
  const store = new LocalStorageProvider({ root });
  const provider = spooled(target, { store, maxBytes: 1024 ** 3, drain: false });
  return {
    provider,
    async close() {
      await provider.close();
      await rm(root, { recursive: true });
    },
  };
}

testProvider({
  name: 'spooled, memory over a local spool, the target up',
  open: () => open(new MemoryStorageProvider({ name: 'target' })),
});

const KEY = 'a file';

testProvider({
  name: 'spooled, memory over a local spool, the target away for plain writes',
  open: () => open(awayForPlainWrites()),
  manyFiles: 300, // entries have no pages
  deviations: {
    'a file beside a folder of its name is a file, or is refused with InvalidKey': {
      reason: 'the target would hold it: it is worth another try',
      fails: /the target is away/,
    },
    'a key that the store can’t hold is refused with InvalidKey and its reason': {
      reason: 'the target would hold it: it is worth another try',
      fails: /the target is away/,
    },
    'tags that are set replace all that were there; content, metadata and ETag stay': {
      reason: 'an entry is renewed, so that no drainer removes it that has read its old tags',
      async instead({ provider }) {
        const before = await provider.upload(KEY, 'content', { tags: { a: 'b' } });
        await provider.tags?.set(KEY, { c: 'd' });
        const after = await provider.stat(KEY);
        assert.deepEqual(await provider.tags?.get(KEY), { c: 'd' });
        assert.deepEqual(after.checksums, before.checksums);
        assert.notEqual(after.etag, before.etag);
      },
    },
    'a large file that comes into being during a create-only upload of it is not overwritten': {
      reason: 'the create came to the target, and counts as made before the entry that hides it',
      async instead({ provider }) {
        const slow = async function* () {
          yield Buffer.from('created');
          await provider.upload(KEY, 'spooled');
        };
        await provider.upload(KEY, slow(), { condition: { type: 'absent' } });
        const { body } = await provider.download(KEY);
        assert.equal((await readAll(body)).toString(), 'spooled');
      },
    },
    'while others delete the versions of a file, no update that was told to be done is lost': {
      reason: 'a delete drains an entry, which then has the target’s ETag',
      async instead({ provider }) {
        const { etag } = await provider.upload(KEY, 'spooled');
        await (provider as SpooledStorageProvider).drain();
        assert.notEqual((await provider.stat(KEY)).etag, etag);
        await provider.delete(KEY, { condition: { type: 'match', etag } });
        assert.equal(await provider.exists(KEY), false);
      },
    },
  },
});
