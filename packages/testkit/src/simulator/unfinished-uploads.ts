import type { ETag, Key, MultipartUpload, UploadOptions } from '@org/storage-core';
import { failure, type Place } from './failure.js';
import type { Simulation } from './simulation.js';

interface Unfinished extends MultipartUpload {
  /** Of which the metadata are those of the file to come, whoever completes it. */
  readonly options: UploadOptions;
  readonly parts: Map<number, Buffer>;
}

/** The uploads in parts that a store has, neither completed nor aborted. */
export class UnfinishedUploads {
  readonly #simulation: Simulation;
  readonly #store: string;
  readonly #uploads = new Map<string, Unfinished>();
  #begun = 0;

  constructor(simulation: Simulation, store: string) {
    this.#simulation = simulation;
    this.#store = store;
  }

  /** Ordered by their beginnings. */
  get all(): readonly MultipartUpload[] {
    return [...this.#uploads.values()].map(({ key, uploadId, initiated }) => ({
      key,
      uploadId,
      initiated,
    }));
  }

  begin(key: Key, options: UploadOptions): string {
    this.#begun += 1;
    const uploadId = `${this.#store}-upload-${this.#begun}`;
    const initiated = new Date(this.#simulation.tick());
    this.#uploads.set(uploadId, { key, uploadId, initiated, options, parts: new Map() });
    return uploadId;
  }

  /** @throws StorageError `Conflict` if there is no such upload. */
  addPart(place: Place, uploadId: string, number: number, bytes: Buffer): ETag {
    this.#find(place, uploadId).parts.set(number, bytes);
    return `${uploadId}-${number}` as ETag; // as made up as any store's
  }

  /** @throws StorageError `Conflict` if there is no such upload. */
  contentOf(place: Place, uploadId: string): Buffer {
    const parts = [...this.#find(place, uploadId).parts].sort(([a], [b]) => a - b);
    return Buffer.concat(parts.map(([, bytes]) => bytes));
  }

  /** What the upload was begun with. @throws StorageError `Conflict` if there is no such upload. */
  optionsOf(place: Place, uploadId: string): UploadOptions {
    return this.#find(place, uploadId).options;
  }

  /** By their numbers; `undefined` if there is no such upload. */
  partsOf(uploadId: string): ReadonlyMap<number, Buffer> | undefined {
    const parts = this.#uploads.get(uploadId)?.parts;
    return parts && new Map([...parts].sort(([a], [b]) => a - b));
  }

  /** Idempotent. */
  end(uploadId: string): void {
    this.#uploads.delete(uploadId);
  }

  #find(place: Place, uploadId: string): Unfinished {
    const found = this.#uploads.get(uploadId);
    if (found !== undefined) return found;
    throw failure('Conflict', 'the multipart upload is gone', place);
  }
}
