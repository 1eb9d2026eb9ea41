import type { StorageProvider } from '@org/storage-core';
import type { FastifyBaseLogger } from 'fastify';
import type SharpModule from 'sharp';
import type { FileRow } from '../database/schema.js';
import { LIMITS, NoPicture, type PictureLimits, smallPicture } from './small-picture.js';
import type { FileStore } from './store.js';
import { thumbnailKey } from './thumbnail-key.js';
import { contentTypeOfRow, keyOf } from './view.js';

/** Formats that are decoded by libraries made for it; not SVG, which may name other files. */
const TYPES: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
]);

/** Pictures that are made at once: each takes a thread, and memory. */
const AT_ONCE = 2;

/** Small pictures of pictures, made when they are first asked for, and kept in the storage. */
export class Thumbnails {
  readonly #sharp: typeof SharpModule | undefined;
  readonly #storage: StorageProvider;
  readonly #files: FileStore;
  readonly #log: FastifyBaseLogger;
  readonly #limits: PictureLimits;
  readonly #making = new Map<string, Promise<boolean>>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  private constructor(
    sharp: typeof SharpModule | undefined,
    storage: StorageProvider,
    files: FileStore,
    log: FastifyBaseLogger,
    limits: PictureLimits,
  ) {
    this.#sharp = sharp;
    this.#storage = storage;
    this.#files = files;
    this.#log = log;
    this.#limits = limits;
  }

  /** Without sharp, which has binaries of its own, there are no small pictures. */
  static async open(
    storage: StorageProvider,
    files: FileStore,
    log: FastifyBaseLogger,
    limits: PictureLimits = LIMITS,
  ): Promise<Thumbnails> {
    const sharp = await import('sharp').then(
      (module) => module.default,
      (error: unknown) => {
        log.warn({ err: error }, 'there will be no thumbnails: sharp can’t be loaded');
        return undefined;
      },
    );
    return new Thumbnails(sharp, storage, files, log, limits);
  }

  readonly has = (row: FileRow): boolean =>
    this.#sharp !== undefined &&
    TYPES.has(contentTypeOfRow(row)) &&
    (row.size ?? 0) <= this.#limits.bytes;

  /**
   * @returns The key of the small picture; `undefined` if none can be made of the file.
   * @throws StorageError.
   */
  async of(row: FileRow): Promise<string | undefined> {
    if (!this.has(row)) return undefined;
    const key = thumbnailKey(row.id);
    if (await this.#storage.exists(key)) return key;
    const making = this.#making.get(row.id) ?? this.#make(row);
    this.#making.set(row.id, making);
    try {
      return (await making) ? key : undefined;
    } finally {
      this.#making.delete(row.id);
    }
  }

  async #make(row: FileRow): Promise<boolean> {
    await this.#place();
    try {
      const picture = await this.#small(row);
      if (picture === undefined) return false;
      const key = thumbnailKey(row.id);
      await this.#storage.upload(key, picture, { contentType: 'image/webp' });
      if ((await this.#files.byId(row.id)) !== undefined) return true;
      await this.#storage.delete(key); // the file was deleted meanwhile
      return false;
    } finally {
      this.#busy -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #place(): Promise<void> {
    while (this.#busy >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy += 1;
  }

  async #small(row: FileRow): Promise<Buffer | undefined> {
    if (this.#sharp === undefined) return undefined;
    try {
      return await smallPicture(this.#sharp, this.#storage, keyOf(row), this.#limits);
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      this.#log.info({ file: row.id, reason: error.message }, 'no thumbnail can be made of a file');
      return undefined;
    }
  }
}
