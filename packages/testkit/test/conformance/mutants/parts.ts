import { isStorageError, StorageError } from '@org/storage-core';
import { type Mutant, mutant, wholeMutant, without } from './mutant.js';

const CONTINUED = 'an upload whose body failed is continued by its id, and leaves the file alone';
const AGAIN = 'an upload that was aborted is continued by its id, and may fail again';
const ANEW = 'an upload is begun anew where the one of its id is finished, aborted or unknown';
const MIXTURE = 'an upload that is continued with other content is never a mixture';
const SHORTER = 'an upload that is continued with a shorter content is that content';
const KEPT = 'an upload that fails keeps its parts where that is asked for, and only there';
const PROTECTED = 'an upload that is continued overwrites nothing that its condition protects';
const FORM = 'uploadId and keepParts of wrong form are refused, and nothing is stored';
const PARTS_NOT_FOUND =
  'the parts of an upload that is not there are NotFound, to be listed and to be completed';
const SWEPT = 'a sweep aborts what was begun long enough ago under its prefix, and nothing else';
const NO_DATE = 'a sweep without a date is refused, and aborts nothing';
const COMPLETED =
  'parts that are sent with a ticket are a file once they are completed, and not before';

export const partMutants: readonly Mutant[] = [
  {
    breaks: 'can’t continue uploads, and drops what asks for it',
    make: mutant((original) => ({
      upload: (key, body, options) =>
        original.upload(key, body, without(options, 'uploadId', 'keepParts')),
    })),
    caught: [CONTINUED, AGAIN, ANEW, MIXTURE, SHORTER, KEPT, PROTECTED, FORM],
  },
  {
    breaks: 'begins every upload anew',
    make: wholeMutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'uploadId')),
    })),
    caught: [CONTINUED, AGAIN, MIXTURE],
  },
  {
    breaks: 'completes the parts that it has, whatever the body is',
    make: wholeMutant((original) => ({
      async upload(key, body, options) {
        const had = original.unfinished.get(options?.uploadId ?? '');
        const kept = Buffer.concat([...(had?.parts.values() ?? [])]);
        const stored = await original.upload(key, body, options);
        if (kept.byteLength === 0) return stored;
        return original.upload(key, kept, without(options, 'uploadId'));
      },
    })),
    caught: [MIXTURE, SHORTER],
  },
  {
    breaks: 'fails where the upload to be continued is gone',
    make: wholeMutant((original) => ({
      async upload(key, body, options) {
        const { uploadId } = options ?? {};
        if (uploadId !== undefined && !original.unfinished.has(uploadId))
          throw new StorageError('NotFound', 'there is no such upload');
        return original.upload(key, body, options);
      },
    })),
    caught: [ANEW],
  },
  {
    breaks: 'keeps the parts of every upload that fails',
    make: wholeMutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, { ...options, keepParts: true }),
    })),
    caught: [KEPT],
  },
  {
    breaks: 'drops the condition of an upload that is continued',
    make: wholeMutant((original) => ({
      upload: (key, body, options) =>
        options?.uploadId === undefined
          ? original.upload(key, body, options)
          : original.upload(key, body, without(options, 'condition')),
    })),
    caught: [PROTECTED],
  },
  {
    breaks: 'sweeps all that there is',
    make: wholeMutant((original) => ({
      multipart: {
        ...original.multipart,
        sweep: () => original.multipart.sweep({ initiatedBefore: new Date(8.64e15) }),
      },
    })),
    caught: [
      SWEPT,
      NO_DATE,
      'sweepUploads refuses an option that it does not know, before it does anything',
      'sweepUploads with a signal that has fired rejects and does nothing',
    ],
  },
  {
    breaks: 'takes an upload that is not there for one without parts',
    make: wholeMutant((original) => ({
      multipart: {
        ...original.multipart,
        async *listParts(key, id, options) {
          try {
            yield* original.multipart.listParts(key, id, options);
          } catch (error) {
            if (!isStorageError(error, 'NotFound')) throw error;
          }
        },
      },
    })),
    caught: [PARTS_NOT_FOUND],
  },
  {
    breaks: 'completes parts of any ETag',
    make: wholeMutant((original) => ({
      multipart: {
        ...original.multipart,
        async complete(key, id, parts, options) {
          const known = new Map<number, (typeof parts)[number]>();
          for await (const part of original.multipart.listParts(key, id))
            known.set(part.number, part);
          const theirs = parts.map((part) => known.get(part.number) ?? part);
          return original.multipart.complete(key, id, theirs, options);
        },
      },
    })),
    caught: [COMPLETED],
  },
  {
    breaks: 'ignores the condition of a completion',
    make: wholeMutant((original) => ({
      multipart: {
        ...original.multipart,
        complete: (key, id, parts, options) =>
          original.multipart.complete(key, id, parts, without(options, 'condition')),
      },
    })),
    caught: ['parts are completed only where the condition holds'],
  },
  {
    breaks: 'says that it has no parts',
    make: wholeMutant((original) => ({
      capabilities: { ...original.capabilities, multipart: 'absent' },
    })),
    caught: ['multipart is there where the capability multipart is not absent, and only there'],
  },
];
