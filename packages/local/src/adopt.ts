import { constants } from 'node:fs';
import {
  compareChecksums,
  contentTypeOf,
  Digest,
  type FileMetadata,
  type Key,
  StorageError,
  throwIfAborted,
  type UploadOptions,
} from '@org/storage-core';
import { Descriptor } from './descriptor.js';
import { errnoOf } from './file-error.js';
import { distinctWithin } from './identity.js';
import { NO_LINKS } from './place.js';
import type { Root } from './root.js';
import { linkToStaging } from './staging.js';
import { checkPlace, commit, finish } from './write.js';

export interface AdoptOptions
  extends Pick<
    UploadOptions,
    'contentType' | 'cacheControl' | 'contentDisposition' | 'metadata' | 'signal'
  > {
  /** What the content has to be: all that are given are compared, and one at least is needed. */
  readonly checksums: NonNullable<UploadOptions['checksums']>;
  /** Awaited before the file gets its key; if it rejects, nothing was done. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/** Bytes that are read at once. */
const READ_SIZE = 256 * 1024;

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Why a file can't get a second name here: another file system, another owner, too many names. */
const UNLINKABLE: ReadonlySet<string | undefined> = new Set([
  ...NO_LINKS,
  'EXDEV',
  'EACCES',
  'EMLINK',
]);

/**
 * Gives a file that lies elsewhere a key, if there is no file: a second name for the same bytes, which are read and compared first.
 * What is written under the key later is another file, so that the first name keeps its content.
 */
export async function storeAdopted(
  root: Root,
  key: Key,
  path: string,
  options: AdoptOptions,
): Promise<FileMetadata> {
  const { contentType = contentTypeOf(key), cacheControl, contentDisposition, signal } = options;
  const conditions = { condition: { type: 'absent' }, signal } as const;
  await checkPlace(root, key, conditions);
  const staging = await linkToStaging(root, key, path).catch(refuseUnlinkable);
  return finish(root, key, staging, async () => {
    const { modified, ...content } = await contentOf(root, staging.path, options);
    await options.confirm?.();
    const generation = {
      ...{ key, contentType, metadata: { ...options.metadata }, ...content, staging: staging.name },
      ...(cacheControl === undefined ? {} : { cacheControl }),
      ...(contentDisposition === undefined ? {} : { contentDisposition }),
    };
    const committed = commit(root, staging, generation, distinctWithin(modified), conditions);
    return committed.catch(refuseUnlinkable);
  });
}

/** @throws StorageError `ChecksumMismatch` if it is not what the options announce, or changes while it is read. */
async function contentOf(root: Root, path: string, { checksums: expected, signal }: AdoptOptions) {
  const file = await Descriptor.open(path, READ, root.disk.promptness).catch(refuseUnlinkable);
  try {
    const before = await file.stat();
    if (!before.isFile()) throw new StorageError('InvalidArgument', 'it is not a file');
    const digest = new Digest(expected);
    const buffer = Buffer.allocUnsafe(READ_SIZE);
    for (;;) {
      throwIfAborted(signal);
      const bytes = await file.read(buffer, digest.size);
      if (bytes === 0) break;
      digest.update(buffer.subarray(0, bytes));
    }
    const after = await file.stat();
    if (after.mtimeNs !== before.mtimeNs || BigInt(digest.size) !== after.size)
      throw new StorageError('ChecksumMismatch', 'the file changes while it is read');
    const size = digest.size;
    const checksums = digest.checksums();
    compareChecksums(expected, checksums, 'the file');
    return { size, checksums, modified: Number(after.mtimeNs / 1_000_000n) };
  } finally {
    await file.close();
  }
}

function refuseUnlinkable(error: unknown): never {
  if (!UNLINKABLE.has(errnoOf(error))) throw error;
  throw new StorageError(
    'Unsupported',
    'the file can’t get a second name in this root: it is on another file system, or somebody else’s. Copy it',
    { cause: error },
  );
}
