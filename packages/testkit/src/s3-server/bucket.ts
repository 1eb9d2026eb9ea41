import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './atomic-file.js';
import type { BodyStore, Segment } from './body-store.js';
import { checkWriteCondition, type WriteCondition } from './conditions.js';
import { MultipartUpload } from './multipart-upload.js';
import type { OrderedKeys } from './ordered-keys.js';
import { readRecord } from './record-file.js';
import type {
  BucketRecord,
  DeleteMarker,
  NewObject,
  ObjectRecord,
  UploadRecord,
  VersionRecord,
} from './records.js';
import { NULL_VERSION, newVersionId } from './version-id.js';
import { VersionedKeys } from './versioned-keys.js';
import { versioningOf } from './versioning.js';

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
  readonly uploads = new Map<string, MultipartUpload>();
  readonly #directory: string;
  readonly #staging: string;
  readonly #bodies: BodyStore;
  readonly #keys = new VersionedKeys();
  readonly #watches = new Map<string, Set<KeyWatch>>();
  readonly #uploadWatches = new Map<string, KeyWatch>();
  #record: BucketRecord;
  /** The highest sequence number given. */
  #sequence = 0;

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
      const version = readRecord<VersionRecord>(join(directory, 'objects', name));
      if (!version) continue;
      bodies.retain(segmentsOf(version));
      bucket.#keys.set(version);
      bucket.#sequence = Math.max(bucket.#sequence, version.sequence);
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

  /** The current objects: what a GET without a version id finds. */
  get objects(): OrderedKeys<ObjectRecord> {
    return this.#keys.objects;
  }

  /** All versions of the keys, the newest first. */
  get versions(): OrderedKeys<readonly VersionRecord[]> {
    return this.#keys.versions;
  }

  /** The current version of the key, or the one of the id. */
  find(key: string, versionId?: string): VersionRecord | undefined {
    return versionId === undefined ? this.#keys.current(key) : this.#keys.find(key, versionId);
  }

  /** Writes the object if the condition holds now. Takes over the references to its segments. */
  put(object: NewObject, condition: WriteCondition, deletedMeanwhile: boolean): ObjectRecord {
    checkWriteCondition(condition, this.objects.get(object.key), object.key, deletedMeanwhile);
    const record: ObjectRecord = { ...object, type: 'object', ...this.#nextVersion() };
    this.#add(record);
    return record;
  }

  /** Replaces what describes a version, its content being as before. */
  describe(object: ObjectRecord): void {
    this.#write(object);
    this.#keys.set(object);
  }

  /**
   * Deletes the object if the condition holds now. Where versioning was configured, that means to put a delete marker,
   * be there an object or not; the marker is returned.
   */
  delete(key: string, condition: WriteCondition, lastModified: number): DeleteMarker | undefined {
    const current = this.objects.get(key);
    checkWriteCondition(condition, current, key);
    let marker: DeleteMarker | undefined;
    if (versioningOf(this.#record) !== 'unversioned') {
      marker = { type: 'marker', key, lastModified, ...this.#nextVersion() };
      this.#add(marker);
    } else if (current) {
      this.#remove(current);
    }
    if (current) this.#tellWatches(key);
    return marker;
  }

  /** Deletes one version for good if there is one and the condition holds for it; it is returned. */
  deleteVersion(
    key: string,
    versionId: string,
    condition: WriteCondition,
  ): VersionRecord | undefined {
    const version = this.find(key, versionId);
    checkWriteCondition(condition, version?.type === 'object' ? version : undefined, key);
    if (!version) return undefined;
    const current = this.objects.get(key);
    this.#remove(version);
    if (version === current) this.#tellWatches(key);
    return version;
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
    for (const versions of this.versions.values()) {
      for (const version of versions) this.#bodies.release(segmentsOf(version));
    }
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

  #nextVersion(): { readonly versionId: string; readonly sequence: number } {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const enabled = versioningOf(this.#record) === 'enabled';
    return { versionId: enabled ? newVersionId(sequence) : NULL_VERSION, sequence };
  }

  /** Adds the version in place of one of the same id; both are one file, so that it is one step on disk too. */
  #add(version: VersionRecord): void {
    this.#write(version);
    const replaced = this.#keys.find(version.key, version.versionId);
    this.#keys.set(version);
    if (replaced) this.#bodies.release(segmentsOf(replaced));
  }

  #remove(version: VersionRecord): void {
    rmSync(this.#path(version));
    this.#keys.remove(version);
    this.#bodies.release(segmentsOf(version));
  }

  #tellWatches(key: string): void {
    for (const watch of this.#watches.get(key) ?? []) watch.deleted = true;
  }

  #write(version: VersionRecord): void {
    replaceFile(this.#staging, this.#path(version), JSON.stringify(version));
  }

  /** A key may be longer than a file name and hold anything, so the file is named after its hash. */
  #path({ key, versionId }: VersionRecord): string {
    const name = createHash('sha256').update(key).digest('hex');
    const version = versionId === NULL_VERSION ? '' : `.${versionId}`;
    return join(this.#directory, 'objects', `${name}${version}.json`);
  }
}

function segmentsOf(version: VersionRecord): readonly Segment[] {
  return version.type === 'object' ? version.segments : [];
}
