import { PassThrough, Readable } from 'node:stream';
import { StorageError, streamOf } from '@org/storage-core';
import { conformanceCases } from '../../../src/index.js';
import { type Mutant, mutant, nextTurn } from './mutant.js';

export const bodyMutants: readonly Mutant[] = [
  {
    breaks: 'adds a byte to each body',
    make: mutant((original) => ({
      upload(key, body, options) {
        const more = async function* () {
          yield* streamOf(body) as AsyncIterable<Uint8Array>;
          yield Buffer.from('+');
        };
        return original.upload(key, more(), options);
      },
    })),
    caught: conformanceCases.bodies
      .map(({ name }) => name)
      .filter((name) => !name.includes('refused') && !name.includes('handed over')),
  },
  {
    breaks: 'makes Unknown of a body’s own error',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stream = streamOf(body);
        const hidden = async function* () {
          try {
            yield* stream as AsyncIterable<Uint8Array>;
          } catch (error) {
            throw new Error('the body failed', { cause: error });
          }
        };
        return original.upload(key, hidden(), options);
      },
    })),
    caught: [
      'a body that fails with a StorageError makes the upload fail with its code',
      'a stream of something else than bytes is refused, and nothing is stored',
    ],
  },
  {
    breaks: 'does not destroy the body of an upload that failed',
    make: mutant((original) => ({
      upload: (key, body, options) =>
        original.upload(
          key,
          body instanceof Readable ? body.pipe(new PassThrough()) : body,
          options,
        ),
    })),
    caught: [
      'an upload that is refused for an invalid key destroys its body',
      'an upload that is refused for an unknown option destroys its body',
      'an upload that is refused for a signal that has fired destroys its body',
      'an upload that is refused for a condition destroys its body',
    ],
  },
  {
    breaks: 'does not cancel a web stream that is longer than announced',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (options?.contentLength === 10 && typeof body === 'object' && 'getReader' in body)
          throw new StorageError('ChecksumMismatch', 'too long');
        return original.upload(key, body, options);
      },
    })),
    caught: ['an upload that is refused for a wrong length destroys its body'],
  },
  {
    breaks: 'leaves the errors of a body that it refused to the process',
    make: mutant((original) => ({
      async upload(key, body, options) {
        try {
          return await original.upload(key, body, options);
        } catch (error) {
          await nextTurn(); // what it emits sooner would end this process
          if (body instanceof Readable) body.removeAllListeners('error');
          throw error;
        }
      },
    })),
    caught: ['an error of a body that is no longer wanted does not end the process'],
  },
  {
    breaks: 'stores a stream that was read already as an empty file',
    make: mutant((original) => ({
      upload: (key, body, options) => {
        const spent = body instanceof Readable && body.readableEnded;
        return original.upload(key, spent ? '' : body, options);
      },
    })),
    caught: [
      'a stream that was read already, is destroyed or is locked is refused, and nothing is stored',
    ],
  },
  {
    breaks: 'stores text in Latin-1',
    make: mutant((original) => ({
      upload: (key, body, options) =>
        original.upload(
          key,
          typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
          options,
        ),
    })),
    caught: ['a string is stored as UTF-8'],
  },
  {
    breaks: 'stores the buffer below a view',
    make: mutant((original) => ({
      upload: (key, body, options) =>
        original.upload(key, body instanceof Uint8Array ? Buffer.from(body.buffer) : body, options),
    })),
    caught: ['a view into a larger buffer of some kilobytes is stored as it is'],
  },
  {
    breaks: 'keeps the caller’s bytes instead of a copy',
    make: mutant((original) => {
      const kept = new Map<string, Uint8Array>();
      return {
        upload(key, body, options) {
          if (body instanceof Uint8Array) kept.set(key, body);
          return original.upload(key, body, options);
        },
        async download(key, options) {
          const download = await original.download(key, options);
          const body = kept.get(key);
          return body === undefined ? download : { ...download, body: streamOf(body) };
        },
      };
    }),
    caught: [
      'what is done to the bytes after the upload does not change the file',
      'what a reader does to the bytes it got does not change the file',
    ],
  },
  {
    breaks: 'changes the caller’s bytes',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stored = await original.upload(key, body, options);
        if (body instanceof Uint8Array) body.fill(0);
        return stored;
      },
    })),
    caught: ['the bytes that were handed over are not changed'],
  },
];
