import { isStorageError, type StorageProvider } from '@org/storage-core';
import { opened, read } from './outcomes.js';

/** What stands in the target for a file that was deleted. */
export const TOMBSTONE = '†';

const ABSENT = { condition: { type: 'absent' } } as const;

/** A source with a target above it: what a live migration is made of, in its smallest form. */
export class Overlay {
  readonly source: StorageProvider;
  readonly target: StorageProvider;

  constructor(source: StorageProvider, target: StorageProvider) {
    this.source = source;
    this.target = target;
  }

  async read(key: string, { secondLook = true } = {}): Promise<string | undefined> {
    const above = await read(this.target, key);
    if (above !== undefined) return alive(above);
    const below = await read(this.source, key);
    if (below !== undefined || !secondLook) return below;
    return alive(await read(this.target, key));
  }

  async write(key: string, value: string): Promise<void> {
    await this.target.upload(key, value);
    await this.source.delete(key);
  }

  async delete(key: string): Promise<void> {
    await this.write(key, TOMBSTONE);
  }

  async deleteWithoutTombstone(key: string): Promise<void> {
    await this.target.delete(key);
    await this.source.delete(key);
  }

  /** Copies a file up, with or without looking what is there. */
  async backfill(key: string, { guarded = true, clean = false } = {}): Promise<void> {
    const found = await read(this.source, key);
    if (found === undefined) return;
    await this.target.upload(key, found, guarded ? ABSENT : {}).catch((error: unknown) => {
      if (!isStorageError(error, 'AlreadyExists')) throw error;
    });
    if (clean && (await this.target.exists(key))) await this.source.delete(key);
  }

  /** Removes a tombstone, with or without looking whether it still is one. */
  async sweep(key: string, { guarded = true } = {}): Promise<void> {
    const found = await opened(this.target, key);
    if (found?.content !== TOMBSTONE) return;
    const { metadata } = found;
    const condition = guarded ? ({ type: 'match', etag: metadata.etag } as const) : undefined;
    await this.target.delete(key, { condition }).catch((error: unknown) => {
      if (!isStorageError(error, 'PreconditionFailed')) throw error;
    });
  }
}

function alive(value: string | undefined): string | undefined {
  return value === TOMBSTONE ? undefined : value;
}
