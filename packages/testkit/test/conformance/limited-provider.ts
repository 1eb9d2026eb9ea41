import {
  type Body,
  runOperation,
  StorageError,
  type StorageProvider,
  streamOf,
} from '@org/storage-core';

/** A provider that refuses files of more than `maxBytes`. */
export function limitedProvider(inner: StorageProvider, maxBytes: number): StorageProvider {
  async function* limited(body: Body) {
    let size = 0;
    for await (const chunk of streamOf(body)) {
      size += chunk.byteLength;
      if (size > maxBytes) throw new StorageError('TooLarge', `${maxBytes} bytes are allowed`);
      yield chunk;
    }
  }
  return {
    name: `limited ${inner.name}`,
    capabilities: { ...inner.capabilities, uploadTickets: 'absent' }, // they would go around the limit
    ...(inner.multipart && { multipart: inner.multipart }),
    ...(inner.versions && { versions: inner.versions }),
    ...(inner.tags && { tags: inner.tags }),
    ...(inner.createDownloadUrl && { createDownloadUrl: inner.createDownloadUrl.bind(inner) }),
    upload(key, body, options) {
      const context = { operation: 'upload', provider: this.name, key, body };
      const signal = options?.signal;
      return runOperation({ ...context, signal }, () => inner.upload(key, limited(body), options));
    },
    download: (key, options) => inner.download(key, options),
    stat: (key, options) => inner.stat(key, options),
    exists: (key, options) => inner.exists(key, options),
    delete: (key, options) => inner.delete(key, options),
    deleteMany: (keys, options) => inner.deleteMany(keys, options),
    list: (options) => inner.list(options),
    copy: (from, to, options) => inner.copy(from, to, options),
    move: (from, to, options) => inner.move(from, to, options),
    checkHealth: (options) => inner.checkHealth(options),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
}
