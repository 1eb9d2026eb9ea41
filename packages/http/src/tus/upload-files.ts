import {
  isStorageError,
  type ListedFile,
  type OperationOptions,
  readAll,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';

/** What a client has said of an upload when it began it. */
export interface UploadRecord {
  /** Bytes; `null` where the client tells it later. */
  readonly size: number | null;
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly created: string;
}

/** Bytes of an upload that are kept as one file. */
export interface Segment {
  readonly key: string;
  readonly start: number;
  readonly size: number;
}

/** All that is kept of one upload. */
export interface UploadState {
  readonly record: UploadRecord;
  /** Bytes, where it is known by now. */
  readonly size: number | undefined;
  /** Without a gap from the first byte on. */
  readonly segments: readonly Segment[];
  readonly offset: number;
  /** Whether it was decided where the file goes. */
  readonly targeted: boolean;
  readonly stored: boolean;
}

/** Digits that order offsets as their names: enough for 2^53. */
const DIGITS = 16;

const CREATE = { condition: { type: 'absent' }, contentType: 'application/json' } as const;

/**
 * The files of unfinished uploads, below a prefix, a directory for each: `upload` is its record, `length` its size where that came later,
 * `data-OFFSET` its bytes, `target` where its file goes, `stored` that it is there. Each is created once, and none is ever written
 * over: of two servers at once, one is told that it came second.
 */
export class UploadFiles {
  readonly #storage: StorageProvider;
  readonly #prefix: string;

  constructor(storage: StorageProvider, prefix: string) {
    this.#storage = storage;
    this.#prefix = prefix;
  }

  keyOf(id: string, name: string): string {
    return `${this.#prefix}${id}/${name}`;
  }

  dataKey(id: string, offset: number): string {
    return this.keyOf(id, `data-${String(offset).padStart(DIGITS, '0')}`);
  }

  /**
   * @throws StorageError `AlreadyExists` if it is there.
   */
  async create(id: string, name: string, content: unknown): Promise<void> {
    await this.#storage.upload(this.keyOf(id, name), JSON.stringify(content), CREATE);
  }

  /**
   * @throws StorageError `NotFound`.
   */
  async read(id: string, name: string): Promise<unknown> {
    const { body } = await this.#storage.download(this.keyOf(id, name));
    return JSON.parse((await readAll(body)).toString());
  }

  /**
   * @throws StorageError `NotFound` if there is no such upload.
   */
  async state(id: string): Promise<UploadState> {
    const record = uploadRecord(await this.read(id, 'upload'));
    const names = new Set<string>();
    const segments: Segment[] = [];
    let offset = 0;
    for await (const { key, size } of this.all(id)) {
      const name = key.slice(this.keyOf(id, '').length);
      names.add(name.startsWith('data-') ? 'data' : name);
      if (key !== this.dataKey(id, offset) || size === 0) continue;
      segments.push({ key, start: offset, size });
      offset += size;
    }
    const later = record.size === null && names.has('length');
    const size = later ? Number(await this.read(id, 'length')) : (record.size ?? undefined);
    const stored = names.has('stored');
    const targeted = names.has('target');
    return { record, size, segments, offset: stored ? (size ?? 0) : offset, targeted, stored };
  }

  /** Its files, in the order of their names. */
  async *all(id: string, options: OperationOptions = {}): AsyncGenerator<ListedFile> {
    for await (const entry of this.#storage.list({ prefix: this.keyOf(id, ''), ...options }))
      if (entry.type === 'file') yield entry;
  }

  /** Ids, in their order. */
  async *ids(): AsyncGenerator<string> {
    for await (const entry of this.#storage.list({ prefix: this.#prefix, delimiter: '/' }))
      if (entry.type === 'prefix') yield entry.prefix.slice(this.#prefix.length, -1);
  }

  /** Deletes what the condition holds for; the record last, so that who is interrupted can begin again. */
  async remove(id: string, which: (name: string) => boolean = () => true): Promise<void> {
    const start = this.keyOf(id, '').length;
    const record = this.keyOf(id, 'upload');
    let batch: string[] = [];
    for await (const { key } of this.all(id)) {
      if (key !== record && which(key.slice(start))) batch.push(key);
      if (batch.length < BATCH) continue;
      await this.#delete(batch);
      batch = [];
    }
    await this.#delete(batch);
    if (which('upload')) await this.#delete([record]);
  }

  async #delete(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const { failed } = await this.#storage.deleteMany(keys);
    const [first] = failed;
    if (first !== undefined) throw first.error;
  }
}

/** Keys that are deleted at once. */
const BATCH = 1000;

/** Whether an error says that somebody else was first. */
export function wasFirst(error: unknown): boolean {
  return isStorageError(error, 'AlreadyExists');
}

function uploadRecord(value: unknown): UploadRecord {
  if (
    typeof value === 'object' &&
    value !== null &&
    'size' in value &&
    'metadata' in value &&
    'created' in value
  ) {
    const { size, metadata, created } = value;
    if (
      (size === null || typeof size === 'number') &&
      isMetadata(metadata) &&
      typeof created === 'string'
    )
      return { size, metadata, created };
  }
  throw new StorageError('Unknown', 'the record of the upload is damaged');
}

function isMetadata(value: unknown): value is Record<string, string | null> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => text === null || typeof text === 'string')
  );
}
