import { type FileVersion, isStorageError } from '@org/storage-core';
import { type Mutant, mutant, wholeMutant, without } from './mutant.js';
import type { SigningProvider } from './signing-provider.js';

const HAD = 'an overwritten file can be had by its version, whole';
const LISTED = 'the versions of files are listed by key, and of one key the newest first';
const PAGES = 'a listing of versions is complete and in order beyond a page';
const MARKED = 'a deleted file leaves a mark in its history, and its versions can be had back';
const REMOVED = 'deleting a version removes it for good, and no other';
const MARK_REMOVED = 'deleting the mark of a deletion brings the file back';
const RESTORED = 'a version that is restored is the current one, and those in between stay';
const NO_VERSION = 'restoring what is no version of the file is NotFound and changes nothing';
const TAGGED = 'every version has tags of its own';
const FORM =
  'a version id of wrong form, or with a condition to delete, is refused and does nothing';
const ALL = [HAD, LISTED, PAGES, MARKED, REMOVED, MARK_REMOVED, RESTORED, NO_VERSION];

function versions({ versions: original }: SigningProvider) {
  if (original === undefined) throw new Error('the original has versions');
  return original;
}

/** Changes what a listing of versions tells. */
function listing(change: (all: FileVersion[]) => FileVersion[]): Mutant['make'] {
  return wholeMutant((original) => ({
    versions: {
      ...versions(original),
      async *list(options) {
        const all: FileVersion[] = [];
        for await (const version of versions(original).list(options)) all.push(version);
        yield* change(all);
      },
    },
  }));
}

export const versionMutants: readonly Mutant[] = [
  {
    breaks: 'has no versions, and drops version ids',
    make: mutant((original) => ({
      download: (key, options) => original.download(key, without(options, 'versionId')),
      stat: (key, options) => original.stat(key, without(options, 'versionId')),
      delete: (key, options) => original.delete(key, without(options, 'versionId')),
    })),
    caught: [...ALL, FORM],
  },
  {
    breaks: 'gives the current version for every one',
    versioned: true,
    make: wholeMutant((original) => ({
      download: (key, options) => original.download(key, without(options, 'versionId')),
      stat: (key, options) => original.stat(key, without(options, 'versionId')),
    })),
    caught: [HAD, REMOVED, MARKED],
  },
  {
    breaks: 'deletes the file in place of a version',
    versioned: true,
    make: wholeMutant((original) => ({
      delete: (key, options) => original.delete(key, without(options, 'versionId')),
    })),
    caught: [REMOVED, MARK_REMOVED],
  },
  {
    breaks: 'lists the oldest version first',
    versioned: true,
    make: listing((all) => all.reverse()),
    caught: [LISTED, PAGES],
  },
  {
    breaks: 'lists a page of versions',
    versioned: true,
    make: listing((all) => all.slice(0, 20)),
    caught: [PAGES],
  },
  {
    breaks: 'lists no marks of deletions',
    versioned: true,
    make: listing((all) => all.filter(({ type }) => type === 'file')),
    caught: [MARKED, MARK_REMOVED],
  },
  {
    breaks: 'goes on listing versions when its signal fires',
    versioned: true,
    make: wholeMutant((original) => ({
      versions: { ...versions(original), list: () => versions(original).list() },
    })),
    caught: ['a listing of versions whose signal fires midway fails; it does not just end'],
  },
  {
    breaks: 'forgets what came after the version that it restores',
    versioned: true,
    make: wholeMutant((original) => ({
      versions: {
        ...versions(original),
        async restore(key, versionId) {
          for await (const version of versions(original).list({ prefix: key })) {
            if (version.versionId === versionId) break;
            await original.delete(key, { versionId: version.versionId });
          }
          return original.stat(key);
        },
      },
    })),
    caught: [RESTORED],
  },
  {
    breaks: 'restores the newest version where there is none of the id',
    versioned: true,
    make: wholeMutant((original) => ({
      versions: {
        ...versions(original),
        async restore(key, versionId, options) {
          try {
            return await versions(original).restore(key, versionId, options);
          } catch (error) {
            if (!isStorageError(error, 'NotFound')) throw error;
            return original.upload(key, 'restored');
          }
        },
      },
    })),
    caught: [NO_VERSION],
  },
  {
    breaks: 'has one set of tags for all versions',
    versioned: true,
    make: wholeMutant((original) => ({
      tags: {
        get: async (key) => (await original.tags?.get(key)) ?? {},
        set: async (key, tags) => original.tags?.set(key, tags),
      },
    })),
    caught: [TAGGED],
  },
];
