import { createHash } from 'node:crypto';
import {
  type Body,
  checkCompleteOptions,
  checkListOptions,
  checkOperationOptions,
  checkSweepOptions,
  checkUploadOptions,
  type ETag,
  type MultipartUpload,
  type MultipartUploads,
  parseKey,
  runListing,
  runOperation,
  StorageError,
  type StorageProvider,
  streamOf,
  type UploadedPart,
  type UploadOptions,
} from '@org/storage-core';
import { delegate } from './mutant.js';

/** Bytes. */
export const PART_SIZE = 64 * 1024;

interface Unfinished extends MultipartUpload {
  readonly options: UploadOptions;
  readonly parts: Map<number, Buffer>;
}

export interface PartedProvider extends StorageProvider {
  readonly multipart: MultipartUploads;
  readonly unfinished: Map<string, Unfinished>;
  begin(key: string, options: UploadOptions): Unfinished;
}

/** A provider over another one that knows parts: as large bodies pass through it, it keeps them until they are stored. */
export function partedProvider(inner: StorageProvider): PartedProvider {
  const unfinished = new Map<string, Unfinished>();
  let count = 0;

  function begin(key: string, options: UploadOptions): Unfinished {
    const uploadId = `upload-${++count}`;
    const upload = { key, uploadId, initiated: new Date(), options, parts: new Map() };
    unfinished.set(uploadId, upload);
    return upload;
  }

  function find(key: string, uploadId: string): Unfinished {
    const upload = unfinished.get(uploadId);
    if (upload?.key === key) return upload;
    throw new StorageError('NotFound', `there is no upload ${uploadId} of ${key}`);
  }

  async function storeInParts(key: string, body: Body, options: UploadOptions) {
    const { uploadId, keepParts = uploadId !== undefined, ...others } = options;
    const continued = unfinished.get(uploadId ?? '');
    let upload = continued?.key === key ? continued : undefined;
    const keep = async (number: number, content: Buffer) => {
      if (upload !== undefined && !unfinished.has(upload.uploadId))
        throw new StorageError('Conflict', `the upload of ${key} was aborted`);
      const had = upload?.parts.get(number);
      if (upload === undefined || (had !== undefined && !had.equals(content))) {
        if (upload !== undefined) unfinished.delete(upload.uploadId);
        upload = begin(key, others);
        await options.onMultipartUpload?.(upload.uploadId);
      }
      upload.parts.set(number, Buffer.from(content));
    };
    async function* inParts() {
      let rest = Buffer.alloc(0);
      let number = 0;
      for await (const chunk of streamOf(body)) {
        rest = Buffer.concat([rest, chunk]);
        for (; rest.byteLength >= PART_SIZE; rest = rest.subarray(PART_SIZE))
          await keep(++number, rest.subarray(0, PART_SIZE));
        yield chunk;
      }
      if (number > 0) await keep(++number, rest);
    }
    let keeps = keepParts;
    try {
      const stored = await inner.upload(key, inParts(), others);
      keeps = false;
      return stored;
    } finally {
      if (upload !== undefined && !keeps) unfinished.delete(upload.uploadId);
    }
  }

  const provider = inner.name;
  const checkOpen = () => inner.exists('any');
  return {
    ...delegate(inner),
    capabilities: { ...inner.capabilities, multipart: 'native', resumableUpload: 'native' },
    unfinished,
    begin,
    upload(key, body, options = {}) {
      const context = { operation: 'upload', provider, key, body, signal: options.signal };
      return runOperation(context, async () => {
        parseKey(key);
        checkUploadOptions(options);
        return storeInParts(key, body, options);
      });
    },
    multipart: {
      list: ({ prefix, ...options } = {}) =>
        runListing(
          { operation: 'listUploads', provider, signal: options.signal },
          async function* () {
            checkListOptions({ prefix });
            checkOperationOptions(options);
            await checkOpen();
            for (const upload of [...unfinished.values()])
              if (upload.key.startsWith(prefix ?? '')) yield upload;
          },
        ),
      abort: (key, uploadId, options = {}) =>
        runOperation(
          { operation: 'abortUpload', provider, key, signal: options.signal },
          async () => {
            checkOperationOptions(options);
            await checkOpen();
            if (unfinished.get(uploadId)?.key === parseKey(key)) unfinished.delete(uploadId);
          },
        ),
      listParts: (key, uploadId, options = {}) =>
        runListing(
          { operation: 'listParts', provider, key, signal: options.signal },
          async function* () {
            checkOperationOptions(options);
            await checkOpen();
            yield* partsOf(find(parseKey(key), uploadId));
          },
        ),
      complete: (key, uploadId, parts, options = {}) =>
        runOperation(
          { operation: 'completeUpload', provider, key, signal: options.signal },
          async () => {
            checkCompleteOptions(options);
            await checkOpen();
            const upload = find(parseKey(key), uploadId);
            const known = new Map(partsOf(upload).map(({ number, etag }) => [number, etag]));
            if (parts.some(({ number, etag }) => known.get(number) !== etag))
              throw new StorageError('InvalidArgument', 'these are not the parts that there are');
            const content = parts.map(({ number }) => upload.parts.get(number) ?? Buffer.alloc(0));
            const { condition, signal } = options;
            const given = { ...upload.options, condition, signal };
            const stored = await inner.upload(key, Buffer.concat(content), given);
            unfinished.delete(uploadId);
            return stored;
          },
        ),
      sweep: (options) =>
        runOperation({ operation: 'sweepUploads', provider, signal: options.signal }, async () => {
          checkSweepOptions(options);
          await checkOpen();
          const { initiatedBefore, prefix = '' } = options;
          const aborted = [...unfinished.values()].filter(
            ({ key, initiated }) => key.startsWith(prefix) && initiated < initiatedBefore,
          );
          for (const { uploadId } of aborted) unfinished.delete(uploadId);
          return { aborted, failed: [] };
        }),
    },
  };
}

function partsOf({ parts }: Unfinished): UploadedPart[] {
  return [...parts].map(([number, content]) => ({
    number,
    size: content.byteLength,
    etag: createHash('md5').update(content).digest('hex') as ETag,
  }));
}
