import { type Mutant, mutant, without } from './mutant.js';

const STORED = 'a file has the tags that it was uploaded with, or none';
const REPLACED = 'an upload over a file replaces its tags, also by none';
const SET = 'tags that are set replace all that were there; content, metadata and ETag stay';
const CARRIED =
  'a copy and a moved file carry the tags of their original, and none of what they replace';
const MISSING = 'tags of a missing file are NotFound, and setting them makes no file';
const FORM = 'tags of wrong form are refused with InvalidArgument and change nothing';

export const tagMutants: readonly Mutant[] = [
  {
    breaks: 'drops the tags of an upload',
    make: mutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'tags')),
    })),
    caught: [STORED, REPLACED, CARRIED],
  },
  {
    breaks: 'says that it has no tags, and drops them',
    make: mutant((original) => ({
      capabilities: { ...original.capabilities, tags: 'absent' },
      upload: (key, body, options) => original.upload(key, body, without(options, 'tags')),
    })),
    caught: [STORED, 'tags is there where the capability tags is not absent, and only there'],
  },
  {
    breaks: 'keeps the tags of what is overwritten',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const old = await original.tags.get(key).catch(() => ({}));
        const tags = { ...old, ...options?.tags };
        return original.upload(key, body, { ...options, ...(options ? { tags } : {}) });
      },
    })),
    caught: [REPLACED],
  },
  {
    breaks: 'adds tags to those that there are',
    make: mutant(({ tags }) => ({
      tags: {
        get: (key, options) => tags.get(key, options),
        set: async (key, more, options) =>
          tags.set(key, { ...(await tags.get(key)), ...more }, options),
      },
    })),
    caught: [SET],
  },
  {
    breaks: 'uploads a file again to set its tags',
    make: mutant((original) => ({
      tags: {
        get: (key, options) => original.tags.get(key, options),
        async set(key, tags) {
          const { body } = await original.download(key);
          await original.upload(key, body, { tags });
        },
      },
    })),
    caught: [SET],
  },
  {
    breaks: 'copies without the tags',
    make: mutant((original) => ({
      async copy(from, to, options) {
        const copied = await original.copy(from, to, options);
        await original.tags.set(to, {});
        return copied;
      },
    })),
    caught: [CARRIED],
  },
  {
    breaks: 'keeps tags apart from the files',
    make: mutant((original) => {
      const kept = new Map<string, Readonly<Record<string, string>>>();
      return {
        tags: {
          get: async (key) => kept.get(key) ?? {},
          set: async (key, tags) => void kept.set(key, tags),
        },
        async upload(key, body, options) {
          kept.set(key, options?.tags ?? {});
          return original.upload(key, body, options);
        },
      };
    }),
    caught: [MISSING, FORM, 'getTags refuses what is no key with InvalidKey, and does nothing'],
  },
];
