import { type DeleteResult, isStorageError, type Key, StorageError } from '@org/storage-core';
import { type Mutant, mutant, without } from './mutant.js';

export const deleteMutants: readonly Mutant[] = [
  {
    breaks: 'does not delete',
    make: mutant(() => ({ delete: async () => {} })),
    caught: [
      'a deleted file is gone for every operation, and its neighbours are not',
      'twenty deletes of one file at once all succeed',
      'delete refuses what is no key with InvalidKey, and does nothing',
    ],
  },
  {
    breaks: 'takes the deletion of nothing for an error',
    make: mutant((original) => ({
      async delete(key, options) {
        await original.stat(key, without(options ?? {}, 'condition' as never));
        await original.delete(key, options);
      },
    })),
    caught: ['deleting what does not exist is no error, and deletes nothing else'],
  },
  {
    breaks: 'deletes a folder with all that is in it',
    make: mutant((original) => ({
      async delete(key, options) {
        await original.delete(key, options);
        for await (const entry of original.list({ prefix: key }))
          if (entry.type === 'file') await original.delete(entry.key);
      },
    })),
    caught: [
      'deleting what does not exist is no error, and deletes nothing else',
      'a deleted file is gone for every operation, and its neighbours are not',
    ],
  },
  {
    breaks: 'keeps the metadata of a deleted file for the next one',
    make: mutant((original) => {
      const kept = new Map<string, Readonly<Record<string, string>>>();
      return {
        async delete(key, options) {
          if (await original.exists(key)) kept.set(key, (await original.stat(key)).metadata);
          await original.delete(key, options);
        },
        upload: (key, body, options) => {
          const metadata = kept.get(key);
          return original.upload(
            key,
            body,
            metadata === undefined ? options : { metadata, ...options },
          );
        },
      };
    }),
    caught: ['a file that was deleted can be uploaded again, without its old metadata'],
  },
  {
    breaks: 'says nothing of the keys that deleteMany did not delete',
    make: mutant((original) => ({
      async deleteMany(keys, options) {
        const { deleted } = await original.deleteMany(keys, options);
        return { deleted, failed: [] };
      },
    })),
    caught: [
      'deleteMany reports a key that is none, and deletes the others',
      'deleteMany deletes more files than go into one request',
    ],
  },
  {
    breaks: 'gives up deleteMany at the first key that fails',
    make: mutant((original) => ({
      async deleteMany(keys) {
        const deleted: Key[] = [];
        for (const key of new Set(keys)) {
          await original.delete(key);
          deleted.push(key as Key);
        }
        return { deleted, failed: [] };
      },
    })),
    caught: ['deleteMany reports a key that is none, and deletes the others'],
  },
  {
    breaks: 'deletes a page of keys in deleteMany, and says that it were all',
    make: mutant((original) => ({
      async deleteMany(keys, options) {
        const all = [...keys];
        const { failed } = await original.deleteMany(all.slice(0, 30), options);
        return { deleted: [...new Set(all)] as Key[], failed } satisfies DeleteResult;
      },
    })),
    caught: ['deleteMany deletes more files than go into one request'],
  },
  {
    breaks: 'tells of a key twice where it was given twice',
    make: mutant((original) => ({
      async deleteMany(keys, options) {
        const all = [...keys];
        const { failed } = await original.deleteMany(all, options);
        return { deleted: all as Key[], failed };
      },
    })),
    caught: ['deleteMany tells the outcome of each key, once'],
  },
  {
    breaks: 'takes a text for a list of its letters',
    make: mutant((original) => ({
      deleteMany: async (keys, options) => original.deleteMany([...keys], options),
    })),
    caught: ['deleteMany takes any iterable, also an empty one, but not a single text'],
  },
  {
    breaks: 'forgets keys when the signal of deleteMany fires',
    make: mutant((original) => ({
      async deleteMany(keys, options) {
        const deleted: Key[] = [];
        for (const key of keys) {
          if (options?.signal?.aborted) break;
          await original.delete(key);
          await new Promise((resolve) => setTimeout(resolve, 1));
          deleted.push(key as Key);
        }
        return { deleted, failed: [] };
      },
    })),
    caught: ['deleteMany whose signal fires midway tells what became of each key'],
  },
];

export const copyMutants: readonly Mutant[] = [
  {
    breaks: 'copies the content alone',
    make: mutant((original) => ({
      async copy(from, to, options) {
        const { body } = await original.download(from);
        return original.upload(to, body, options);
      },
      async move(from, to, options) {
        const { body } = await original.download(from);
        const moved = await original.upload(to, body, options);
        if (from !== to) await original.delete(from);
        return moved;
      },
    })),
    caught: [
      'a copy has the content, the headers and the metadata of its original, which stays',
      'a large file and an empty one are copied',
      'a file that is copied or moved onto itself stays as it is',
      'a moved file is at its new key, whole, and at its old one no more',
    ],
  },
  {
    breaks: 'leaves the old metadata at the destination of a copy',
    make: mutant((original) => ({
      async copy(from, to, options) {
        const old = await original.stat(to).catch(() => undefined);
        const copied = await original.copy(from, to, options);
        if (old === undefined || from === to) return copied;
        const { body } = await original.download(from);
        return original.upload(to, body, { metadata: old.metadata });
      },
    })),
    caught: ['a copy replaces the file at its destination, metadata included'],
  },
  {
    breaks: 'makes a copy a link to its original',
    make: mutant((original) => {
      const links = new Map<string, string>();
      const target = (key: string) => links.get(key) ?? key;
      return {
        async copy(from, to, options) {
          const copied = await original.copy(from, to, options);
          links.set(to, from);
          return copied;
        },
        async download(key, options) {
          const { metadata } = await original.download(key, options);
          const { body } = await original.download(target(key), options);
          return { metadata, body };
        },
      };
    }),
    caught: ['a copy and its original are two files'],
  },
  {
    breaks: 'deletes the original of a copy',
    make: mutant((original) => ({
      copy: (from, to, options) => original.move(from, to, options),
    })),
    caught: ['a copy has the content, the headers and the metadata of its original, which stays'],
  },
  {
    breaks: 'leaves the original of a move',
    make: mutant((original) => ({
      move: (from, to, options) => original.copy(from, to, options),
    })),
    caught: ['a moved file is at its new key, whole, and at its old one no more'],
  },
  {
    breaks: 'deletes a file that is moved onto itself',
    make: mutant((original) => ({
      async move(from, to, options) {
        const moved = await original.copy(from, to, options);
        await original.delete(from);
        return moved;
      },
    })),
    caught: ['a file that is copied or moved onto itself stays as it is'],
  },
  {
    breaks: 'makes an empty file of a copy of nothing',
    make: mutant((original) => ({
      async copy(from, to, options) {
        try {
          return await original.copy(from, to, options);
        } catch (error) {
          if (isStorageError(error, 'NotFound')) return original.upload(to, '');
          throw error;
        }
      },
    })),
    caught: ['a copy of a missing file is NotFound and changes nothing'],
  },
  {
    breaks: 'deletes the destination before it looks for the source',
    make: mutant((original) => ({
      async copy(from, to, options) {
        if (options?.condition === undefined && from !== to) await original.delete(to);
        return original.copy(from, to, options);
      },
    })),
    caught: ['a copy of a missing file is NotFound and changes nothing'],
  },
  {
    breaks: 'tells the original’s key for the copy',
    make: mutant((original) => ({
      async copy(from, to, options) {
        await original.copy(from, to, options);
        return original.stat(from);
      },
    })),
    caught: ['a copy has the content, the headers and the metadata of its original, which stays'],
  },
  {
    breaks: 'can’t copy large files',
    make: mutant((original) => ({
      async copy(from, to, options) {
        const { size } = await original.stat(from);
        if (size > 500_000) throw new StorageError('TooLarge', 'too large to copy');
        return original.copy(from, to, options);
      },
    })),
    caught: ['a large file and an empty one are copied'],
  },
];
