import { randomUUID } from 'node:crypto';
import {
  carriedOptions,
  Digest,
  isStorageError,
  type Key,
  parseKey,
  type StorageError,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import { retry } from '../retry.js';
import { digestOf } from '../verify/content-digest.js';
import type { SampledFile } from './sample.js';

/** Below it are the samples of plans, one directory for each plan. What is killed leaves them to the next probe of the bucket. */
const SAMPLES = '.storage/plan-';

/** What a file may fail with while it is read, and others need not. */
const OF_THE_FILE: ReadonlySet<string> = new Set([
  'NotFound',
  'InvalidKey',
  'Conflict',
  'ChecksumMismatch',
  'InvalidRange',
]);

/** From this size on, a copy reads a file twice, and the first time for its checksums: as `largeFrom` of `migrate`. Bytes. */
const READ_TWICE = 5 * 1024 ** 2;

/** Reads the first bytes of a file as often as a copy does. @returns whether it could be read. */
export async function readSample(
  source: StorageProvider,
  file: SampledFile,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    if (file.size >= READ_TWICE) await hash(source, file.key, bytes, signal);
    await hash(source, file.key, bytes, signal);
    return true;
  } catch (error) {
    if (isStorageError(error, 'AccessDenied') || isOfTheFile(error)) return false;
    throw error;
  }
}

async function hash(
  source: StorageProvider,
  key: Key,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { body } = await source.download(key, { signal, ...firstOf(bytes) });
  const digest = new Digest();
  for await (const chunk of body as AsyncIterable<Uint8Array>) digest.update(chunk);
}

/** Files of a plan in the target, under keys that nothing else has. */
export class TargetSample {
  /** What all its keys begin with. */
  readonly prefix = `${SAMPLES}${randomUUID()}/`;
  readonly #source: StorageProvider;
  readonly #target: StorageProvider;
  readonly #keys: string[] = [];
  /** Where the copies of the source's files are. */
  readonly #copies = new Map<Key, Key>();

  constructor(source: StorageProvider, target: StorageProvider) {
    this.#source = source;
    this.#target = target;
  }

  /**
   * Copies the first bytes of a file as a migration does: created only if there is nothing, and tried again.
   * @returns whether it could be read.
   */
  async copy(
    { key, size }: SampledFile,
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    throwIfAborted(signal);
    const large = size >= READ_TWICE;
    const copy = async () => {
      if (large) await hash(this.#source, key, bytes, signal);
      // A request that was broken off may arrive after its file was removed: what is small is waited for.
      await this.#copy(key, bytes, large ? signal : undefined);
    };
    try {
      await retry(copy, {}, signal, () => {});
      return true;
    } catch (error) {
      if (isStorageError(error, 'AlreadyExists')) return true; // by a request whose answer was lost
      if (isOfTheFile(error) && error.operation !== 'upload') return false;
      throw error;
    }
  }

  async #copy(key: Key, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const { metadata, body } = await this.#source.download(key, { signal, ...firstOf(bytes) });
    const to = parseKey(`${this.prefix}${this.#keys.length}`);
    this.#keys.push(to); // before it can be there
    this.#copies.set(key, to);
    const { checksums: _, ...carried } = carriedOptions(metadata); // those of the whole
    await this.#target.upload(to, body, {
      ...carried,
      contentLength: bytes,
      condition: { type: 'absent' },
      signal,
    });
  }

  /** Looks at a copy as a verification does. @returns whether there is one. */
  async look({ key }: SampledFile, signal: AbortSignal | undefined): Promise<boolean> {
    const copy = this.#copies.get(key);
    if (copy === undefined) return false;
    await this.#source.exists(key, { signal });
    return this.#target.exists(copy, { signal });
  }

  /** Reads a copy back, too, as a full verification does. @returns whether there is one. */
  async readBack(file: SampledFile, signal: AbortSignal | undefined): Promise<boolean> {
    const copy = this.#copies.get(file.key);
    if (copy === undefined || !(await this.look(file, signal))) return false;
    await digestOf(this.#target, copy, signal);
    return true;
  }

  /** Removes all of it, whatever became of each upload. */
  async remove(): Promise<void> {
    const target = this.#target;
    const { failed } = await target.deleteMany(this.#keys);
    await this.#removeVersions();
    const [failure] = failed;
    if (failure !== undefined) throw failure.error;
  }

  /** What the deletes have left of it in a bucket that keeps versions. */
  async #removeVersions(): Promise<void> {
    const { versions } = this.#target;
    if (versions === undefined || this.#keys.length === 0) return;
    for await (const { key, versionId } of versions.list({ prefix: this.prefix })) {
      await this.#target.delete(key, { versionId });
    }
  }
}

function isOfTheFile(error: unknown): error is StorageError {
  return isStorageError(error) && OF_THE_FILE.has(error.code);
}

/** An empty file has no range. */
function firstOf(bytes: number) {
  return bytes === 0 ? {} : { range: { start: 0, end: bytes - 1 } };
}
