import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import {
  isStorageError,
  MemoryStorageProvider,
  readAll,
  StorageError,
  type StorageProvider,
  streamOf,
} from '@org/storage-core';
import { type Mutant, mutant, without } from './mutant.js';

/** A body that looks the key up for each of its chunks. */
async function* readLive(provider: StorageProvider, key: string): AsyncGenerator<Uint8Array> {
  const STEP = 64 * 1024;
  for (let start = 0; ; start += STEP) {
    const { size } = await provider.stat(key);
    if (start >= size) return;
    const range = { start, end: start + STEP - 1 };
    yield await readAll((await provider.download(key, { range })).body);
  }
}

export const downloadMutants: readonly Mutant[] = [
  {
    breaks: 'reports a missing file on the body',
    make: mutant((original) => ({
      async download(key, options) {
        try {
          return await original.download(key, options);
        } catch (error) {
          if (!isStorageError(error, 'NotFound')) throw error;
          const metadata = await new MemoryStorageProvider().upload(key, '');
          const body = new Readable({ read() {} });
          body.on('error', () => {}).destroy(error);
          return { metadata, body };
        }
      },
    })),
    caught: [
      'a missing file is NotFound before there is a body',
      'a deleted file is gone for every operation, and its neighbours are not',
    ],
  },
  {
    breaks: 'takes a folder for a file',
    make: mutant((original) => ({
      async exists(key, options) {
        for await (const _ of original.list({ prefix: `${key}/` })) return true;
        return original.exists(key, options);
      },
    })),
    caught: ['a missing file is NotFound before there is a body'],
  },
  {
    breaks: 'says that a file does not exist when it can’t tell',
    make: mutant((original) => ({
      exists: (key, options) => original.exists(key, options).catch(() => false),
    })),
    caught: [
      'exists refuses what is no key with InvalidKey, and does nothing',
      'exists with a signal that has fired rejects and does nothing',
      'exists refuses an option that it does not know, before it does anything',
      'after close, every operation is refused with a StorageError that is not retryable',
    ],
  },
  {
    breaks: 'ignores ranges',
    make: mutant((original) => ({
      download: (key, options) => original.download(key, without(options, 'range')),
    })),
    caught: [
      'a range gives its bytes, cut at the end of the file, and the metadata of the whole',
      'ranges of a large file are found across its parts',
      'a range with no byte in the file is InvalidRange',
      'what makes no range is InvalidArgument',
      'a download that names a version gets it, or PreconditionFailed',
    ],
  },
  {
    breaks: 'takes the end of a range for the first byte that is not in it',
    make: mutant((original) => ({
      download(key, options) {
        const range = options?.range;
        if (range === undefined || !('end' in range) || range.end === undefined || range.end < 1)
          return original.download(key, options);
        return original.download(key, { ...options, range: { ...range, end: range.end - 1 } });
      },
    })),
    caught: [
      'a range gives its bytes, cut at the end of the file, and the metadata of the whole',
      'ranges of a large file are found across its parts',
    ],
  },
  {
    breaks: 'tells the size of a range for that of the file',
    make: mutant((original) => ({
      async download(key, options) {
        const download = await original.download(key, options);
        const { range, metadata } = download;
        if (range === undefined) return download;
        return { ...download, metadata: { ...metadata, size: range.end - range.start + 1 } };
      },
    })),
    caught: ['a range gives its bytes, cut at the end of the file, and the metadata of the whole'],
  },
  {
    breaks: 'does not tell which range it gives',
    make: mutant((original) => ({
      async download(key, options) {
        const { metadata, body } = await original.download(key, options);
        return { metadata, body };
      },
    })),
    caught: ['a range gives its bytes, cut at the end of the file, and the metadata of the whole'],
  },
  {
    breaks: 'tells a range where none was asked for',
    make: mutant((original) => ({
      async download(key, options) {
        const download = await original.download(key, options);
        return { range: { start: 0, end: download.metadata.size - 1 }, ...download };
      },
    })),
    caught: ['a download without a range tells no range'],
  },
  {
    breaks: 'gives nothing for a range behind the end',
    make: mutant((original) => ({
      async download(key, options) {
        try {
          return await original.download(key, options);
        } catch (error) {
          if (!isStorageError(error, 'InvalidRange')) throw error;
          return { metadata: await original.stat(key), body: streamOf('') };
        }
      },
    })),
    caught: ['a range with no byte in the file is InvalidRange'],
  },
  {
    breaks: 'ends a body early',
    make: mutant((original) => ({
      async download(key, options) {
        const download = await original.download(key, options);
        const content = await readAll(download.body);
        return { ...download, body: streamOf(content.subarray(0, 200_000)) };
      },
    })),
    caught: [
      'a Readable of a large file is stored as it is',
      'a file is read by many at once, each at its own pace',
    ],
  },
  {
    breaks: 'reads on in the new file when the old one is replaced or deleted',
    make: mutant((original) => ({
      async download(key, options) {
        if (options?.range !== undefined) return original.download(key, options);
        const { metadata, body } = await original.download(key, options);
        body.destroy();
        return { metadata, body: Readable.from(readLive(original, key), { objectMode: false }) };
      },
    })),
    caught: [
      'a reader who opened the old file keeps reading it whole after it was replaced',
      'a reader who opened a file keeps reading it whole after it was deleted',
    ],
  },
  {
    breaks: 'does not free the descriptor of a body that is destroyed',
    make: mutant((original) => {
      const descriptors: number[] = [];
      return {
        async download(key, options) {
          const download = await original.download(key, options);
          descriptors.push(openSync('/dev/null', 'r'));
          return download;
        },
        async close() {
          for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
        },
      };
    }),
    caught: ['destroying a body, read in part or not at all, frees what it held'],
  },
  {
    breaks: 'never closes a body that is destroyed',
    make: mutant((original) => ({
      async download(key, options) {
        const { metadata, body: source } = await original.download(key, options);
        const chunks = source[Symbol.asyncIterator]();
        const body = new Readable({
          read() {
            chunks.next().then(({ done, value }) => this.push(done ? null : value));
          },
          destroy() {},
        });
        return { metadata, body };
      },
    })),
    caught: ['destroying a body, read in part or not at all, frees what it held'],
  },
  {
    breaks: 'lets a body fail with an error of its own kind when its signal fires',
    make: mutant((original) => ({
      async download(key, options) {
        const download = await original.download(key, options);
        options?.signal?.addEventListener('abort', () =>
          download.body.destroy(new Error('socket hang up')),
        );
        return download;
      },
    })),
    caught: [
      'after its signal has fired, a body that is being read goes on whole or fails with Aborted',
    ],
  },
  {
    breaks: 'just ends a body when its signal fires',
    make: mutant((original) => ({
      async download(key, options) {
        const download = await original.download(key, options);
        const cut = async function* () {
          for await (const chunk of download.body) {
            yield chunk;
            if (options?.signal?.aborted) return;
          }
        };
        return { ...download, body: Readable.from(cut(), { objectMode: false }) };
      },
    })),
    caught: [
      'after its signal has fired, a body that is being read goes on whole or fails with Aborted',
    ],
  },
  {
    breaks: 'tells another ETag in stat than in download',
    make: mutant((original) => ({
      async stat(key, options) {
        const file = await original.stat(key, options);
        return { ...file, etag: `${file.etag}-1` as typeof file.etag };
      },
    })),
    caught: [
      'an upload returns what stat, download and list say afterwards',
      'a listed file has its size, ETag and time',
    ],
  },
  {
    breaks: 'hands out its own metadata',
    make: mutant((original) => {
      const cache = new Map<string, Awaited<ReturnType<typeof original.stat>>>();
      return {
        async upload(key, body, options) {
          const stored = await original.upload(key, body, options);
          cache.set(key, stored);
          return stored;
        },
        async stat(key, options) {
          return cache.get(key) ?? original.stat(key, options);
        },
        async download(key, options) {
          const download = await original.download(key, options);
          return { ...download, metadata: cache.get(key) ?? download.metadata };
        },
      };
    }),
    caught: ['metadata that are handed out are the caller’s own'],
  },
  {
    breaks: 'has two answers about its health',
    make: mutant(() => ({
      checkHealth: async () => ({
        healthy: true,
        latency: 0,
        error: new StorageError('Unavailable', 'not so well'),
      }),
    })),
    caught: [
      'a healthy store is reported as such',
      'after close, the store is not reported as healthy',
    ],
  },
];
