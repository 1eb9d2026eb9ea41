import { closeSync, openSync } from 'node:fs';
import { isStorageError, type ListEntry, type ListOptions } from '@org/storage-core';
import { type Mutant, mutant, without } from './mutant.js';

const nameOf = (entry: ListEntry) => (entry.type === 'file' ? entry.key : entry.prefix);

/** Lists by `change`d options, and passes the entries through `alter`. */
function listing(
  change: (options: ListOptions) => ListOptions,
  alter: (entries: ListEntry[], options: ListOptions) => ListEntry[] = (entries) => entries,
): Mutant['make'] {
  return mutant((original) => ({
    async *list(options = {}) {
      const entries: ListEntry[] = [];
      for await (const entry of original.list(change(options))) entries.push(entry);
      yield* alter(entries, options);
    },
  }));
}

const same = (options: ListOptions) => options;

export const listingMutants: readonly Mutant[] = [
  {
    breaks: 'lists in the order of UTF-16 units',
    make: listing(same, (entries) => entries.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))),
    caught: [
      'files are listed in the order of the UTF-8 bytes of their keys, each once',
      'a prefix selects the keys that begin with it, also within a segment',
    ],
  },
  {
    breaks: 'lists segment by segment, so that "a/" comes before "a-"',
    make: listing(same, (entries) =>
      entries.sort((a, b) => {
        const [x, y] = [a, b].map((entry) => nameOf(entry).replaceAll('/', '\u0000'));
        return Buffer.compare(Buffer.from(x ?? ''), Buffer.from(y ?? ''));
      }),
    ),
    caught: [
      'files are listed in the order of the UTF-8 bytes of their keys, each once',
      'a delimiter groups keys, and groups are in order among the files',
      'more groups than fit a page are listed, each once and in order',
    ],
  },
  {
    breaks: 'lists all groups before all files',
    make: listing(same, (entries) =>
      entries.sort((a, b) => Number(a.type === 'file') - Number(b.type === 'file')),
    ),
    caught: ['a delimiter groups keys, and groups are in order among the files'],
  },
  {
    breaks: 'lists a group once for each of its files',
    make: mutant((original) => ({
      async *list(options = {}) {
        for await (const entry of original.list(options)) {
          yield entry;
          if (entry.type === 'prefix') yield entry;
        }
      },
    })),
    caught: ['a delimiter groups keys, and groups are in order among the files'],
  },
  {
    breaks: 'lists a file at each page’s end twice',
    make: listing(same, (entries) =>
      entries.flatMap((entry, i) => (i === 30 ? [entry, entry] : [entry])),
    ),
    caught: ['more files than fit a page are listed, each once and in order, and resumed anywhere'],
  },
  {
    breaks: 'ends a listing after its first page',
    make: listing(same, (entries) => entries.slice(0, 40)),
    caught: [
      'more files than fit a page are listed, each once and in order, and resumed anywhere',
      'more groups than fit a page are listed, each once and in order',
      'files are listed in the order of the UTF-8 bytes of their keys, each once',
    ],
  },
  {
    breaks: 'finds pages by their number, though files come and go',
    make: mutant((original) => ({
      async *list(options = {}) {
        for (let page = 0; ; page++) {
          const entries: ListEntry[] = [];
          for await (const entry of original.list(options)) entries.push(entry);
          const found = entries.slice(page * 10, page * 10 + 10);
          yield* found;
          if (found.length < 10) return;
        }
      },
    })),
    caught: ['what exists throughout a listing is in it once, whatever comes and goes meanwhile'],
  },
  {
    breaks: 'takes a prefix for a folder',
    make: listing(same, (entries, { prefix = '' }) =>
      entries.filter(
        (entry) =>
          prefix === '' || nameOf(entry).startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`),
      ),
    ),
    caught: ['a prefix selects the keys that begin with it, also within a segment'],
  },
  {
    breaks: 'takes a prefix for a path',
    make: listing((options) => ({
      ...options,
      ...(options.prefix === undefined ? {} : { prefix: options.prefix.replace(/^(\.*\/)+/, '') }),
    })),
    caught: ['a prefix that no key can have selects nothing'],
  },
  {
    breaks: 'ignores the prefix',
    make: listing((options) => without(options, 'prefix')),
    caught: [
      'a prefix selects the keys that begin with it, also within a segment',
      'a prefix that no key can have selects nothing',
      'download, delete, copy and list refuse options of wrong form',
    ],
  },
  {
    breaks: 'ignores the delimiter',
    make: listing((options) => without(options, 'delimiter')),
    caught: ['a delimiter groups keys, and groups are in order among the files'],
  },
  {
    breaks: 'resumes with the entry that was the last one',
    make: mutant((original) => ({
      async *list(options = {}) {
        const { startAfter } = options;
        for await (const entry of original.list(without(options, 'startAfter'))) {
          const order = Buffer.compare(Buffer.from(nameOf(entry)), Buffer.from(startAfter ?? ''));
          if (order >= 0) yield entry;
        }
      },
    })),
    caught: [
      'startAfter resumes a listing exactly after any of its entries',
      'startAfter resumes a listing with a prefix exactly after any of its entries',
      'startAfter resumes a listing with a delimiter exactly after any of its entries',
      'more files than fit a page are listed, each once and in order, and resumed anywhere',
    ],
  },
  {
    breaks: 'starts from the beginning when the entry to resume after is gone',
    make: listing(
      (options) => without(options, 'startAfter'),
      (entries, { startAfter }) =>
        entries.slice(entries.findIndex((entry) => nameOf(entry) === startAfter) + 1),
    ),
    caught: ['startAfter resumes a listing exactly after any of its entries'],
  },
  {
    breaks: 'lists a group again when it resumes within it',
    make: mutant((original) => ({
      async *list(options = {}) {
        const { startAfter, prefix = '', delimiter } = options;
        const end = startAfter?.indexOf('/', prefix.length) ?? -1;
        if (delimiter !== undefined && startAfter?.startsWith(prefix) && end >= 0)
          yield { type: 'prefix', prefix: startAfter.slice(0, end + 1) };
        yield* original.list(options);
      },
    })),
    caught: [
      'startAfter within a group leaves the group out, since its prefix sorts before',
      'startAfter resumes a listing with a delimiter exactly after any of its entries',
    ],
  },
  {
    breaks: 'lists folders that are empty by now',
    make: mutant((original) => {
      const folders = new Set<string>();
      return {
        upload(key, body, options) {
          folders.add(key.slice(0, key.indexOf('/') + 1));
          return original.upload(key, body, options);
        },
        async *list(options = {}) {
          if (options.delimiter !== undefined)
            for (const prefix of folders) yield { type: 'prefix', prefix };
          else yield* original.list(options);
        },
      };
    }),
    caught: ['an emptied folder is listed no more, and a file can take its name'],
  },
  {
    breaks: 'just ends a listing whose signal fires',
    make: mutant((original) => ({
      async *list(options) {
        try {
          yield* original.list(options);
        } catch (error) {
          if (!isStorageError(error, 'Aborted')) throw error;
        }
      },
    })),
    caught: [
      'a listing whose signal fires midway fails; it does not just end',
      'list with a signal that has fired rejects and does nothing',
    ],
  },
  {
    breaks: 'tells of files as skipped',
    make: mutant((original) => ({
      async *list(options) {
        for await (const entry of original.list(options)) {
          if (nameOf(entry).startsWith('.'))
            options?.onSkip?.({ reason: 'special', path: nameOf(entry), detail: 'hidden' });
          else yield entry;
        }
      },
    })),
    caught: [
      'nothing is skipped where all is in order',
      'files are listed in the order of the UTF-8 bytes of their keys, each once',
    ],
  },
  {
    breaks: 'tells a size, ETag or time of its own in a listing',
    make: mutant((original) => ({
      async *list(options) {
        for await (const entry of original.list(options)) {
          yield entry.type === 'file' ? { ...entry, size: entry.size + 1 } : entry;
        }
      },
    })),
    caught: [
      'a listed file has its size, ETag and time',
      'an upload returns what stat, download and list say afterwards',
    ],
  },
  {
    breaks: 'keeps a directory open for each listing that is left early',
    make: mutant((original) => {
      const descriptors: number[] = [];
      return {
        async *list(options) {
          descriptors.push(openSync('/dev/null', 'r'));
          yield* original.list(options);
        },
        async close() {
          for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
        },
      };
    }),
    caught: ['a listing that is left early frees what it held'],
  },
  {
    breaks: 'lists a file in an empty store',
    make: mutant((original) => ({
      async *list(options) {
        yield* original.list(options);
        yield { type: 'prefix', prefix: 'lost+found/' };
      },
    })),
    caught: ['the listing of an empty store is empty'],
  },
];
