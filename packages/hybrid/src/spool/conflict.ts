import { createHash } from 'node:crypto';
import {
  carriedOptions,
  type ETag,
  type FileMetadata,
  isStorageError,
  LIVE_METADATA_PREFIX,
  type OperationOptions,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { originOf } from '../origin.js';
import type { Entries } from './entries.js';
import { publish } from './event.js';
import { OVER } from './origin.js';
import { CONFLICTS } from './reserved.js';

const NOTHING = 'nothing';
/** In what is kept: whose it was, percent-encoded, since a key may hold what metadata can’t. */
const KEY = `${LIVE_METADATA_PREFIX}key`;

/** Keys of which is known what the target had. */
const REMEMBERED = 10_000;

/** What the target had when an entry was sent over it, without its writer having known of it. */
export interface Conflict {
  readonly key: string;
  /** The key of the content that is kept, in the spool’s store. */
  readonly kept: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Keeps what would be lost where not all writers of the files share the spool’s disk. The target was away when an entry was
 * written, so nobody can say whether another host’s file in it is older or newer. What can be said is whether the target still has what this
 * process saw there last; if it has, nothing is lost. Everything else is a conflict, also where this process never looked.
 */
export class Conflicts {
  readonly #provider: string;
  readonly #entries: Entries;
  readonly #target: StorageProvider;
  /** In the order in which they were seen. */
  readonly #seen = new Map<string, ETag | null>();

  constructor(provider: string, entries: Entries, target: StorageProvider) {
    this.#provider = provider;
    this.#entries = entries;
    this.#target = target;
  }

  /** Notes what the target has; `null` for nothing. */
  saw(key: string, etag: ETag | null): void {
    this.#seen.delete(key);
    this.#seen.set(key, etag);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
  }

  /** What an entry is to remember. One that replaces another lies over the same. */
  over(key: string, replaced: FileMetadata | undefined): Readonly<Record<string, string>> {
    if (replaced !== undefined) {
      const over = replaced.metadata[OVER];
      return over === undefined ? {} : { [OVER]: over };
    }
    const seen = this.#seen.get(key);
    return seen === undefined ? {} : { [OVER]: seen ?? NOTHING };
  }

  /** Keeps what the target has, before an entry is sent over it, unless that is what the entry was written over. */
  async keep(
    entry: FileMetadata,
    there: FileMetadata | undefined,
    options: OperationOptions,
  ): Promise<void> {
    if (there === undefined || entry.metadata[OVER] === there.etag) return;
    const kept = `${CONFLICTS}${createHash('sha256').update(`${there.key}\0${there.etag}`).digest('hex')}`;
    const { body } = await this.#target
      .download(there.key, { condition: { type: 'match', etag: there.etag }, ...options })
      .catch((error: unknown) => {
        if (!isStorageError(error, 'PreconditionFailed') && !isStorageError(error, 'NotFound'))
          throw error;
        throw new StorageError('Conflict', `others changed ${there.key} at the same time`);
      });
    try {
      await this.#entries.store.upload(kept, body, {
        ...carriedOptions(there),
        metadata: { ...originOf(there), ...there.metadata, [KEY]: encodeURIComponent(there.key) },
        condition: { type: 'absent' },
        ...options,
      });
    } catch (error) {
      if (!isStorageError(error, 'AlreadyExists')) throw error;
    } finally {
      body.destroy();
    }
    const { key, size } = there;
    publish({ type: 'conflict', provider: this.#provider, key, kept, size });
  }

  async *list(options: OperationOptions): AsyncGenerator<Conflict, void, undefined> {
    const { store } = this.#entries;
    for await (const { key: kept } of filesIn(store, options)) {
      const { size, metadata } = await store.stat(kept, options);
      const key = decodeURIComponent(metadata[KEY] ?? '');
      yield { key, kept, size };
    }
  }
}

async function* filesIn(store: StorageProvider, options: OperationOptions) {
  for await (const entry of store.list({ prefix: CONFLICTS, ...options }))
    if (entry.type === 'file') yield entry;
}
