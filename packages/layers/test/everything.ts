import {
  type ETag,
  type FileMetadata,
  MemoryStorageProvider,
  type MultipartUpload,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';

const TIME = new Date(0);

export function unfinished(key: string): MultipartUpload {
  return { key, uploadId: 'u', initiated: TIME };
}

export interface Everything {
  readonly provider: StorageProvider;
  readonly memory: MemoryStorageProvider;
  /** What the optional members were asked for: the operation, and the key or prefix that it was given. */
  readonly asked: string[];
}

/** A provider that has every optional member, with these unfinished uploads. */
export function everything(uploads: readonly string[] = []): Everything {
  const memory = new MemoryStorageProvider({ name: 'everything' });
  const asked: string[] = [];
  const note = (operation: string, what: string) => asked.push(`${operation} ${what}`);
  const file = (operation: string, key: string): Promise<FileMetadata> => {
    note(operation, key);
    return memory.stat(key);
  };
  const provider: StorageProvider = {
    name: 'everything',
    capabilities: memory.capabilities,
    tags: memory.tags,
    upload: (key, body, options) => memory.upload(key, body, options),
    download: (key, options) => memory.download(key, options),
    stat: (key, options) => memory.stat(key, options),
    exists: (key, options) => memory.exists(key, options),
    delete: (key, options) => memory.delete(key, options),
    deleteMany: (keys, options) => memory.deleteMany(keys, options),
    list: (options) => memory.list(options),
    copy: (from, to, options) => memory.copy(from, to, options),
    move: (from, to, options) => memory.move(from, to, options),
    checkHealth: (options) => memory.checkHealth(options),
    close: () => memory.close(),
    [Symbol.asyncDispose]: () => memory.close(),
    multipart: {
      async *list({ prefix = '' } = {}) {
        note('listUploads', prefix);
        yield* uploads.filter((key) => key.startsWith(prefix)).map(unfinished);
      },
      async *listParts(key) {
        note('listParts', key);
        yield { number: 1, etag: 'e' as ETag, size: 1 };
      },
      complete: (key) => file('completeUpload', key),
      async abort(key) {
        note('abortUpload', key);
      },
      async sweep({ prefix = '' }) {
        note('sweepUploads', prefix);
        const [first = '', ...others] = uploads.filter((key) => key.startsWith(prefix));
        const error = new StorageError('AccessDenied', `may not abort ${first}`, { key: first });
        return {
          aborted: others.map(unfinished),
          failed: [{ upload: unfinished(first), error }],
        };
      },
    },
    versions: {
      async *list({ prefix = '' } = {}) {
        note('listVersions', prefix);
        for await (const entry of memory.list({ prefix }))
          if (entry.type === 'file') yield { ...entry, versionId: 'v', latest: true };
      },
      restore: (key) => file('restoreVersion', key),
    },
    async createDownloadUrl(key) {
      note('createDownloadUrl', key);
      return { url: `https://store/${key}`, expiresAt: TIME };
    },
    async createUploadTicket(key) {
      note('createUploadTicket', key);
      return { type: 'put', url: `https://store/${key}`, headers: {}, expiresAt: TIME };
    },
    async probe() {
      note('probe', '');
      return memory.capabilities;
    },
  };
  return { provider, memory, asked };
}
