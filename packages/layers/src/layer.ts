import {
  type FileTags,
  type FileVersions,
  type MultipartUploads,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { Operations } from './operations.js';

/** Makes a provider of another one, which it keeps to itself: closing the one closes the other. */
export type Layer = (inner: StorageProvider) => StorageProvider;

/**
 * Puts layers around a provider. The first is the outermost: a call passes them in the order in which they are written, and
 * the result comes back in the opposite order.
 */
export function layered(provider: StorageProvider, ...layers: readonly Layer[]): StorageProvider {
  return layers.reduceRight((inner, layer) => layer(inner), provider);
}

/**
 * A layer of what it does with each operation. `wrap` is called once for each provider that the layer is put around, with
 * its operations and the provider itself.
 *
 * The name is the inner provider's. The capabilities, and which optional members there are, are looked up there at every
 * use, since a probe may change them. A layer publishes no events of operations: the inner provider does.
 */
export function defineLayer(
  wrap: (inner: Operations, provider: StorageProvider) => Operations,
): Layer {
  return (provider) => providerOf(provider, wrap(operationsOf(provider), provider));
}

/** Every member of a provider, the optional ones too. */
type Complete = {
  readonly [K in keyof Required<StorageProvider>]: StorageProvider[K];
};

function providerOf(inner: StorageProvider, operations: Operations): StorageProvider {
  const multipart: MultipartUploads = {
    list: operations.listUploads,
    listParts: operations.listParts,
    complete: operations.completeUpload,
    abort: operations.abortUpload,
    sweep: operations.sweepUploads,
  };
  const versions: FileVersions = {
    list: operations.listVersions,
    restore: operations.restoreVersion,
  };
  const tags: FileTags = { get: operations.getTags, set: operations.setTags };
  const complete: Complete = {
    get name() {
      return inner.name;
    },
    get capabilities() {
      return inner.capabilities;
    },
    get multipart() {
      return inner.multipart && multipart;
    },
    get versions() {
      return inner.versions && versions;
    },
    get tags() {
      return inner.tags && tags;
    },
    get createDownloadUrl() {
      return inner.createDownloadUrl && operations.createDownloadUrl;
    },
    get createUploadTicket() {
      return inner.createUploadTicket && operations.createUploadTicket;
    },
    get probe() {
      return inner.probe && operations.probe;
    },
    upload: operations.upload,
    download: operations.download,
    stat: operations.stat,
    exists: operations.exists,
    delete: operations.delete,
    deleteMany: operations.deleteMany,
    list: operations.list,
    copy: operations.copy,
    move: operations.move,
    checkHealth: operations.checkHealth,
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
  return complete;
}

function operationsOf(provider: StorageProvider): Operations {
  return {
    upload: (key, body, options) => provider.upload(key, body, options),
    download: (key, options) => provider.download(key, options),
    stat: (key, options) => provider.stat(key, options),
    exists: (key, options) => provider.exists(key, options),
    delete: (key, options) => provider.delete(key, options),
    deleteMany: (keys, options) => provider.deleteMany(keys, options),
    list: (options) => provider.list(options),
    copy: (from, to, options) => provider.copy(from, to, options),
    move: (from, to, options) => provider.move(from, to, options),
    checkHealth: (options) => provider.checkHealth(options),
    async createDownloadUrl(key, options) {
      if (provider.createDownloadUrl === undefined) throw gone(provider, 'createDownloadUrl');
      return provider.createDownloadUrl(key, options);
    },
    async createUploadTicket(key, options) {
      if (provider.createUploadTicket === undefined) throw gone(provider, 'createUploadTicket');
      return provider.createUploadTicket(key, options);
    },
    async probe(options) {
      if (provider.probe === undefined) throw gone(provider, 'probe');
      return provider.probe(options);
    },
    getTags: async (key, options) => tagsOf(provider).get(key, options),
    setTags: async (key, tags, options) => tagsOf(provider).set(key, tags, options),
    async *listVersions(options) {
      yield* versionsOf(provider).list(options);
    },
    restoreVersion: async (key, id, options) => versionsOf(provider).restore(key, id, options),
    async *listUploads(options) {
      yield* multipartOf(provider).list(options);
    },
    async *listParts(key, id, options) {
      yield* multipartOf(provider).listParts(key, id, options);
    },
    completeUpload: async (key, id, parts, options) =>
      multipartOf(provider).complete(key, id, parts, options),
    abortUpload: async (key, id, options) => multipartOf(provider).abort(key, id, options),
    sweepUploads: async (options) => multipartOf(provider).sweep(options),
  };
}

function tagsOf(provider: StorageProvider): FileTags {
  if (provider.tags === undefined) throw gone(provider, 'tags');
  return provider.tags;
}

function versionsOf(provider: StorageProvider): FileVersions {
  if (provider.versions === undefined) throw gone(provider, 'versions');
  return provider.versions;
}

function multipartOf(provider: StorageProvider): MultipartUploads {
  if (provider.multipart === undefined) throw gone(provider, 'multipart');
  return provider.multipart;
}

/** Whoever holds on to an optional member may use it after a probe has found that there is no such thing. */
function gone({ name }: StorageProvider, member: keyof StorageProvider): StorageError {
  return new StorageError('Unsupported', `${name} has no ${String(member)}`, { provider: name });
}
