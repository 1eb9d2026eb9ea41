import { StorageError, type StorageProvider } from '@org/storage-core';
import type { FastifyBaseLogger } from 'fastify';
import type SharpModule from 'sharp';
import type { FileRow } from '../database/schema.js';
import {
  LIMITS,
  NoPicture,
  PICTURE_TYPES,
  type PictureLimits,
  smallPicture,
} from './small-picture.js';
import type { FileStore } from './store.js';
import { thumbnailKey } from './thumbnail-key.js';
import { contentTypeOfRow, keyOf } from './view.js';

/** Pictures that are made at once: each takes a thread, and memory. */
const AT_ONCE = 2;

/** Ids of files that are remembered to give none: without, who asks again and again has them decoded as often. */
const REMEMBERED = 10_000;

/** Small pictures of pictures, made when they are first asked for, and kept in the storage. */
export class Thumbnails {
  readonly #sharp: typeof SharpModule | undefined;
  readonly #storage: StorageProvider;
  readonly #files: FileStore;
  readonly #log: FastifyBaseLogger;
  readonly #limits: PictureLimits;
  readonly #making = new Map<string, Promise<boolean>>();
  readonly #hopeless = new Set<string>();
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
    PICTURE_TYPES.has(contentTypeOfRow(row)) &&
    (row.size ?? 0) <= this.#limits.bytes;

  /**
   * @returns The key of the small picture; `undefined` if none can be made of the file.
   * @throws StorageError.
   */
  async of(row: FileRow): Promise<string | undefined> {
    if (!this.has(row) || this.#hopeless.has(row.id)) return undefined;
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
    let decoding: Promise<unknown> = Promise.resolve();
    try {
      const picture = await this.#small(row, (begun) => {
        decoding = begun;
      });
      if (picture === undefined) return false;
      const key = thumbnailKey(row.id);
      await this.#storage.upload(key, picture, { contentType: 'image/webp' });
      if ((await this.#files.byId(row.id)) !== undefined) return true;
      await this.#storage.delete(key); // the file was deleted meanwhile
      return false;
    } finally {
      decoding.catch(() => {}).then(() => this.#leave()); // a thread is taken until then
    }
  }

  /** @throws StorageError `Throttled` if none gets free in time. */
  async #place(): Promise<void> {
    if (this.#busy < AT_ONCE) {
      this.#busy += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const take = () => {
        clearTimeout(late);
        resolve();
      };
      const late = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new StorageError('Throttled', 'too many small pictures are wanted at once'));
      }, this.#limits.queue);
      this.#waiting.push(take);
    });
  }

  /** The place goes to whoever has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy -= 1;
    else next();
  }

  #giveUp(id: string): void {
    const [oldest] = this.#hopeless;
    if (oldest !== undefined && this.#hopeless.size >= REMEMBERED) this.#hopeless.delete(oldest);
    this.#hopeless.add(id);
  }

  async #small(
    row: FileRow,
    onDecoding: (decoding: Promise<unknown>) => void,
  ): Promise<Buffer | undefined> {
    if (this.#sharp === undefined) return undefined;
    try {
      const key = keyOf(row);
      return await smallPicture(this.#sharp, this.#storage, key, this.#limits, onDecoding);
    } catch (error) {
      if (!(error instanceof NoPicture)) throw error;
      this.#giveUp(row.id); // its content never changes
      this.#log.info({ file: row.id, reason: error.message }, 'no thumbnail can be made of a file');
      return undefined;
    }
  }
}
