import { posix } from 'node:path';
import { isStorageError, StorageError, type StorageProvider } from '@org/storage-core';
import { delegate, type Mutant, mutant, only } from './mutant.js';

const OPERATIONS = [
  'upload',
  'download',
  'stat',
  'exists',
  'delete',
  'deleteMany',
  'list',
  'copy',
  'move',
] as const;

const refusesUnknown = OPERATIONS.map(
  (name) => `${name} refuses an option that it does not know, before it does anything`,
);
const refusesKeys = OPERATIONS.filter((name) => name !== 'deleteMany' && name !== 'list').map(
  (name) => `${name} refuses what is no key with InvalidKey, and does nothing`,
);
const refusesSignals = OPERATIONS.map(
  (name) => `${name} with a signal that has fired rejects and does nothing`,
);

/** Passes every key through `change`. */
function keyed(change: (key: string) => string): Mutant['make'] {
  return mutant((original) => ({
    upload: (key, body, options) => original.upload(change(key), body, options),
    download: (key, options) => original.download(change(key), options),
    stat: (key, options) => original.stat(change(key), options),
    exists: (key, options) => original.exists(change(key), options),
    delete: (key, options) => original.delete(change(key), options),
    copy: (from, to, options) => original.copy(change(from), change(to), options),
    move: (from, to, options) => original.move(change(from), change(to), options),
  }));
}

/** Passes every error through `change`. */
function failing(change: (error: unknown) => unknown): Mutant['make'] {
  return mutant((original) => {
    const changed = <T>(call: Promise<T>) =>
      call.catch((error: unknown) => {
        throw change(error);
      });
    return {
      upload: (key, body, options) => changed(original.upload(key, body, options)),
      download: (key, options) => changed(original.download(key, options)),
      stat: (key, options) => changed(original.stat(key, options)),
    };
  });
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const HELD = 'every key is a file of its own, whatever is in its name';
const NAMED = 'an error names its operation, the provider and the key, and says more than its code';

export const doorMutants: readonly Mutant[] = [
  {
    breaks: 'drops options that it does not know',
    make: mutant((original) => ({
      upload: (key, body, options) =>
        original.upload(key, body, only(options, 'signal', 'condition')),
      download: (key, options) => original.download(key, only(options, 'signal')),
      stat: (key, options) => original.stat(key, only(options, 'signal')),
      exists: (key, options) => original.exists(key, only(options, 'signal')),
      delete: (key, options) => original.delete(key, only(options, 'signal')),
      deleteMany: (keys, options) => original.deleteMany(keys, only(options, 'signal')),
      list: (options) => original.list(only(options, 'signal')),
      copy: (from, to, options) => original.copy(from, to, only(options, 'signal')),
      move: (from, to, options) => original.move(from, to, only(options, 'signal')),
    })),
    caught: refusesUnknown,
  },
  {
    breaks: 'drops signals',
    make: mutant((original) => ({
      upload: (key, body) => original.upload(key, body),
      download: (key) => original.download(key),
      stat: (key) => original.stat(key),
      exists: (key) => original.exists(key),
      delete: (key) => original.delete(key),
      deleteMany: (keys) => original.deleteMany(keys),
      list: () => original.list(),
      copy: (from, to) => original.copy(from, to),
      move: (from, to) => original.move(from, to),
    })),
    caught: refusesSignals,
  },
  {
    breaks: 'tells a timeout from an abort in no way',
    make: failing((error) =>
      isStorageError(error, 'Timeout') ? new StorageError('Aborted', error.message) : error,
    ),
    caught: ['stat with a signal that has fired rejects and does nothing'],
  },
  {
    breaks: 'writes a default into the options',
    make: mutant((original) => ({
      async upload(key, body, options = {}) {
        Object.assign(options, { contentType: options.contentType ?? 'text/plain' });
        return original.upload(key, body, options);
      },
    })),
    caught: ['no operation changes the options that it is given'],
  },
  {
    breaks: 'writes a default into options that can be changed',
    make: mutant((original) => ({
      async download(key, options = {}) {
        if (!Object.isFrozen(options)) Reflect.set(options, 'condition', undefined);
        return original.download(key, options);
      },
    })),
    caught: ['no operation changes the options that it is given'],
  },
  {
    breaks: 'refuses options that are undefined',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (options && 'tags' in options) throw new StorageError('Unsupported', 'no tags');
        return original.upload(key, body, options);
      },
    })),
    caught: ['options that are undefined count as not given'],
  },
  {
    breaks: 'makes a key of what is none',
    make: keyed((key) => posix.normalize(`/${key}`).replace(/^\/|\/$|\0/g, '') || 'root'),
    caught: refusesKeys,
  },
  {
    breaks: 'decodes keys',
    make: keyed(decoded),
    caught: [HELD],
  },
  {
    breaks: 'normalises keys to one Unicode form',
    make: keyed((key) => key.normalize('NFC')),
    caught: [HELD],
  },
  {
    breaks: 'takes keys that differ in case for one',
    make: keyed((key) => key.toLowerCase()),
    caught: [HELD],
  },
  {
    breaks: 'trims keys',
    make: keyed((key) => key.trim()),
    caught: [HELD],
  },
  {
    breaks: 'takes a backslash for a slash',
    make: keyed((key) => key.replaceAll('\\', '/')),
    caught: [HELD],
  },
  {
    breaks: 'takes only letters and digits in keys',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (!/^[\w./-]*$/.test(key)) throw new StorageError('InvalidKey', 'strange', { key });
        return original.upload(key, body, options);
      },
    })),
    caught: [HELD, 'a key that the store can’t hold is refused with InvalidKey and its reason'],
  },
  {
    breaks: 'can’t copy or delete in bulk what has escapes in its key',
    make: mutant((original) => ({
      copy: (from, to, options) => original.copy(decoded(from), to, options),
      deleteMany: (keys, options) => original.deleteMany([...keys].map(decoded), options),
    })),
    caught: ['keys with anything in their names are copied, moved, and deleted in bulk'],
  },
  {
    breaks: 'overwrites a folder with a file of its name',
    make: mutant((original) => ({
      async upload(key, body, options) {
        for await (const entry of original.list({ prefix: `${key}/` }))
          if (entry.type === 'file') await original.delete(entry.key);
        return original.upload(key, body, options);
      },
    })),
    caught: ['a file beside a folder of its name is a file, or is refused with InvalidKey'],
  },
  {
    breaks: 'fails with plain errors',
    make: failing((error) => new Error((error as Error).message)),
    caught: [
      NAMED,
      'an error is known as a StorageError by its brand, of whatever copy of the core it is',
      'operations reject; they do not throw',
      'a missing file is NotFound before there is a body',
      'what is no body is refused, and nothing is stored',
    ],
  },
  {
    breaks: 'does not say where an error happened',
    make: failing((error) =>
      isStorageError(error) ? new StorageError(error.code, error.message) : error,
    ),
    caught: [NAMED],
  },
  {
    breaks: 'throws instead of rejecting',
    make: mutant((original) => ({
      stat(key, options) {
        if (key === '') throw new StorageError('InvalidKey', 'empty');
        return original.stat(key, options);
      },
    })),
    caught: ['operations reject; they do not throw'],
  },
  {
    breaks: 'takes what is closed for something that may open again',
    make: mutant((original) => ({
      async stat(key, options) {
        try {
          return await original.stat(key, options);
        } catch (error) {
          if (!isStorageError(error, 'Unavailable')) throw error;
          throw new StorageError('Unavailable', error.message);
        }
      },
    })),
    caught: ['after close, every operation is refused with a StorageError that is not retryable'],
  },
  {
    breaks: 'goes on after it was closed',
    make: mutant(() => ({ close: async () => {}, [Symbol.asyncDispose]: async () => {} })),
    caught: [
      'after close, every operation is refused with a StorageError that is not retryable',
      'after close, the store is not reported as healthy',
      'close can be called twice, and is what asynchronous disposal does',
    ],
  },
  {
    breaks: 'fails when it is closed twice',
    make: mutant((original) => {
      let closed = false;
      return {
        async close() {
          if (closed) throw new StorageError('Unavailable', 'closed already');
          closed = true;
          await original.close();
        },
      };
    }),
    caught: ['close can be called twice, and is what asynchronous disposal does'],
  },
  {
    breaks: 'closes other views with its own',
    make: mutant((original) => ({
      reopen: async (): Promise<StorageProvider> => delegate(original),
    })),
    caught: ['closing one view of a store leaves the others open'],
  },
];
