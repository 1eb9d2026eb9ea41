import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './atomic-file.js';
import type { BodyStore } from './body-store.js';
import { checkWriteCondition, type WriteCondition } from './conditions.js';
import { MultipartUpload } from './multipart-upload.js';
import { OrderedKeys } from './ordered-keys.js';
import { readRecord } from './record-file.js';
import type { BucketRecord, ObjectRecord, UploadRecord } from './records.js';

/** Set on a write that is under way when its key is deleted. */
export interface KeyWatch {
  deleted: boolean;
  close(): void;
}

/**
 * A bucket in memory and on disk. Every change is one synchronous step — check the condition, replace the record's
 * file, change the index — so that no other request sees or does anything in between.
 */
export class Bucket {
  readonly objects = new OrderedKeys<ObjectRecord>();
  readonly uploads = new Map<string, MultipartUpload>();
  readonly #directory: string;
  readonly #staging: string;
  readonly #bodies: BodyStore;
  readonly #watches = new Map<string, Set<KeyWatch>>();
  readonly #uploadWatches = new Map<string, KeyWatch>();
  #record: BucketRecord;

  constructor(directory: string, staging: string, bodies: BodyStore, record: BucketRecord) {
    this.#directory = directory;
    this.#staging = staging;
    this.#bodies = bodies;
    this.#record = record;
  }

  static create(
    directory: string,
    staging: string,
    bodies: BodyStore,
    record: BucketRecord,
  ): Bucket {
    mkdirSync(join(directory, 'objects'), { recursive: true });
    mkdirSync(join(directory, 'uploads'), { recursive: true });
    const bucket = new Bucket(directory, staging, bodies, record);
    bucket.#save(record);
    return bucket;
  }

  /** Undefined for a directory that a crash left without a record. */
  static load(directory: string, staging: string, bodies: BodyStore): Bucket | undefined {
    const record = readRecord<BucketRecord>(join(directory, 'bucket.json'));
    if (!record) return undefined;
    const bucket = new Bucket(directory, staging, bodies, record);
    for (const name of readdirSync(join(directory, 'objects'))) {
      const object = readRecord<ObjectRecord>(join(directory, 'objects', name));
      if (!object) continue;
      bodies.retain(object.segments);
      bucket.objects.set(object.key, object);
    }
    for (const id of readdirSync(join(directory, 'uploads'))) {
      const upload = MultipartUpload.load(join(directory, 'uploads', id), staging, bodies);
      if (upload) bucket.#addUpload(upload);
    }
    return bucket;
  }

  get record(): BucketRecord {
    return this.#record;
  }

  setDocument(name: string, content: string | undefined): void {
    const documents = { ...this.#record.documents };
    if (content === undefined) delete documents[name];
    else documents[name] = content;
    this.#save({ ...this.#record, documents });
  }

  /** Writes the object if the condition holds now. Takes over the references to its segments. */
  put(object: ObjectRecord, condition: WriteCondition, deletedMeanwhile: boolean): void {
    const current = this.objects.get(object.key);
    checkWriteCondition(condition, current, object.key, deletedMeanwhile);
    replaceFile(this.#staging, this.#objectPath(object.key), JSON.stringify(object));
    this.objects.set(object.key, object);
    if (current) this.#bodies.release(current.segments);
  }

  /** Replaces what describes an object, its content being as before. */
  describe(object: ObjectRecord): void {
    replaceFile(this.#staging, this.#objectPath(object.key), JSON.stringify(object));
    this.objects.set(object.key, object);
  }

  /** Deletes the object if there is one and the condition holds now. */
  delete(key: string, condition: WriteCondition): void {
    const current = this.objects.get(key);
    checkWriteCondition(condition, current, key);
    if (!current) return;
    rmSync(this.#objectPath(key));
    this.objects.delete(key);
    this.#bodies.release(current.segments);
    for (const watch of this.#watches.get(key) ?? []) watch.deleted = true;
  }

  /** Notices whether the key is deleted until the watch is closed. */
  watch(key: string): KeyWatch {
    const watches = this.#watches.get(key) ?? new Set();
    const watch: KeyWatch = {
      deleted: false,
      close: () => {
        watches.delete(watch);
        if (watches.size === 0) this.#watches.delete(key);
      },
    };
    this.#watches.set(key, watches.add(watch));
    return watch;
  }

  startUpload(record: UploadRecord): MultipartUpload {
    const directory = join(this.#directory, 'uploads', record.id);
    const upload = MultipartUpload.create(directory, this.#staging, this.#bodies, record);
    this.#addUpload(upload);
    return upload;
  }

  /** Whether the key was deleted since the upload was started. */
  deletedSinceStart(upload: MultipartUpload): boolean {
    return this.#uploadWatches.get(upload.record.id)?.deleted === true;
  }

  /** Removes the upload; what a completed object refers to was retained for it before. */
  endUpload(upload: MultipartUpload): void {
    const { id } = upload.record;
    this.uploads.delete(id);
    this.#uploadWatches.get(id)?.close();
    this.#uploadWatches.delete(id);
    upload.remove();
  }

  /** Removes all of it. */
  destroy(): void {
    for (const upload of [...this.uploads.values()]) this.endUpload(upload);
    for (const object of this.objects.values()) this.#bodies.release(object.segments);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #addUpload(upload: MultipartUpload): void {
    this.uploads.set(upload.record.id, upload);
    this.#uploadWatches.set(upload.record.id, this.watch(upload.record.key));
  }

  #save(record: BucketRecord): void {
    replaceFile(this.#staging, join(this.#directory, 'bucket.json'), JSON.stringify(record));
    this.#record = record;
  }

  /** A key may be longer than a file name and hold anything, so the file is named after its hash. */
  #objectPath(key: string): string {
    const name = createHash('sha256').update(key).digest('hex');
    return join(this.#directory, 'objects', `${name}.json`);
  }
}
