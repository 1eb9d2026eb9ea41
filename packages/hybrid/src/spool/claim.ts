import { createHash } from 'node:crypto';
import {
  type ETag,
  type FileMetadata,
  isStorageError,
  type OperationOptions,
  readAll,
  type StorageProvider,
} from '@org/storage-core';
import { ifThere, statIfThere } from '../look.js';
import { CLAIMS } from './reserved.js';

/** What is written down before one generation of an entry is drained for the first time. */
export interface Claim {
  /** What the target had then, over which alone this generation may be written; `null` if nothing. */
  readonly base: ETag | null;
  /** Whoever drains it. */
  readonly owner: string;
}

interface StoredClaim extends Claim {
  readonly key: string;
  /** The entry’s ETag. */
  readonly generation: ETag;
}

/** The claims on entries: files of the spool’s store, one for each generation of an entry that is being drained. */
export class Claims {
  readonly #store: StorageProvider;

  constructor(store: StorageProvider) {
    this.#store = store;
  }

  async find(entry: FileMetadata, { signal }: OperationOptions): Promise<Claim | undefined> {
    return this.#read(nameOf(entry), signal);
  }

  /**
   * The first claim of a generation stands.
   * @returns the one that stands; `undefined` if it is gone again, and the generation with it.
   */
  async make(
    entry: FileMetadata,
    { base, owner }: Claim,
    { signal }: OperationOptions,
  ): Promise<Claim | undefined> {
    const claim: StoredClaim = { key: entry.key, generation: entry.etag, base, owner };
    const options = {
      condition: { type: 'absent' },
      contentType: 'application/json',
      signal,
    } as const;
    try {
      await this.#store.upload(nameOf(entry), JSON.stringify(claim), options);
      return claim;
    } catch (error) {
      if (!isStorageError(error, 'AlreadyExists')) throw error;
      return this.find(entry, { signal });
    }
  }

  /** To be called only once the generation is gone: it never comes back. */
  async drop(entry: FileMetadata, { signal }: OperationOptions): Promise<void> {
    await this.#store.delete(nameOf(entry), { signal });
  }

  /** Removes what drainers that were killed have left. */
  async sweep({ signal }: OperationOptions): Promise<void> {
    for await (const file of this.#store.list({ prefix: CLAIMS, signal })) {
      if (file.type === 'prefix') continue;
      const claim = await this.#read(file.key, signal);
      if (claim === undefined) continue;
      const entry = await statIfThere(this.#store, claim.key, signal);
      if (entry?.etag !== claim.generation) await this.#store.delete(file.key, { signal });
    }
  }

  async #read(name: string, signal: AbortSignal | undefined): Promise<StoredClaim | undefined> {
    const found = await ifThere(this.#store.download(name, { signal }));
    return found && (JSON.parse((await readAll(found.body)).toString()) as StoredClaim); // as `make` wrote it
  }
}

/** A hash, since a key may be as long as a key can be. */
export function nameOf({ key, etag }: Pick<FileMetadata, 'key' | 'etag'>): string {
  return CLAIMS + createHash('sha256').update(`${key}\0${etag}`).digest('hex');
}
