import { isStorageError } from '@org/storage-core';
import { type Mutant, mutant, without } from './mutant.js';

export const cancellingMutants: readonly Mutant[] = [
  {
    breaks: 'removes a file whose signal fires after the upload',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stored = await original.upload(key, body, options);
        options?.signal?.addEventListener('abort', () => void original.delete(key));
        return stored;
      },
    })),
    caught: ['a signal that fires after the upload changes nothing'],
  },
  {
    breaks: 'drops the signal of an upload',
    make: mutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'signal')),
    })),
    caught: [
      'upload with a signal that has fired rejects and does nothing',
      'an upload that is aborted while its body is awaited ends and leaves all as it was',
      'a large upload that is aborted while its body is awaited ends and leaves all as it was',
      'an upload from an async generator that never goes on can be aborted',
      'an upload from a web stream that never goes on can be aborted',
    ],
  },
  {
    breaks: 'looks at the signal of an upload only before it begins',
    make: mutant((original) => ({
      upload: (key, body, options) =>
        original.upload(key, body, options?.signal?.aborted ? options : without(options, 'signal')),
    })),
    caught: [
      'an upload that is aborted while its body is awaited ends and leaves all as it was',
      'an upload from a web stream that never goes on can be aborted',
    ],
  },
  {
    breaks: 'stores the file though it says that the upload was aborted',
    make: mutant((original) => ({
      async upload(key, body, options) {
        try {
          return await original.upload(key, body, options);
        } catch (error) {
          if (isStorageError(error, 'Aborted'))
            await original.upload(key, 'aborted').catch(() => {});
          throw error;
        }
      },
    })),
    caught: [
      'upload with a signal that has fired rejects and does nothing',
      'an upload that is aborted at any time has happened whole or not at all',
    ],
  },
];
