import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './atomic-file.js';
import type { BodyStore } from './body-store.js';
import { readRecord } from './record-file.js';
import type { PartRecord, UploadRecord } from './records.js';

/** An upload in parts that is neither completed nor aborted. */
export class MultipartUpload {
  readonly record: UploadRecord;
  readonly #parts = new Map<number, PartRecord>();
  readonly #directory: string;
  readonly #staging: string;
  readonly #bodies: BodyStore;
  #removed = false;

  private constructor(directory: string, staging: string, bodies: BodyStore, record: UploadRecord) {
    this.#directory = directory;
    this.#staging = staging;
    this.#bodies = bodies;
    this.record = record;
  }

  static create(
    directory: string,
    staging: string,
    bodies: BodyStore,
    record: UploadRecord,
  ): MultipartUpload {
    mkdirSync(directory, { recursive: true });
    replaceFile(staging, join(directory, 'upload.json'), JSON.stringify(record));
    return new MultipartUpload(directory, staging, bodies, record);
  }

  /** Undefined for a directory that a crash left half made or half removed, which is removed now. */
  static load(directory: string, staging: string, bodies: BodyStore): MultipartUpload | undefined {
    const record = readRecord<UploadRecord>(join(directory, 'upload.json'));
    if (!record) {
      rmSync(directory, { recursive: true, force: true });
      return undefined;
    }
    const upload = new MultipartUpload(directory, staging, bodies, record);
    for (const name of readdirSync(directory)) {
      if (!name.startsWith('part-')) continue;
      const part = readRecord<PartRecord>(join(directory, name));
      if (!part) continue;
      bodies.retain(part.segments);
      upload.#parts.set(part.number, part);
    }
    return upload;
  }

  /** True once it was completed or aborted. */
  get removed(): boolean {
    return this.#removed;
  }

  part(number: number): PartRecord | undefined {
    return this.#parts.get(number);
  }

  /** By ascending number. */
  parts(): PartRecord[] {
    return [...this.#parts.values()].sort((left, right) => left.number - right.number);
  }

  /** Adds the part or replaces the one of its number. Takes over the references to its segments. */
  putPart(part: PartRecord): void {
    const path = join(this.#directory, `part-${part.number}.json`);
    replaceFile(this.#staging, path, JSON.stringify(part));
    const current = this.#parts.get(part.number);
    this.#parts.set(part.number, part);
    if (current) this.#bodies.release(current.segments);
  }

  remove(): void {
    this.#removed = true;
    // Its record goes first: what a crash leaves behind is then not an upload any more.
    rmSync(join(this.#directory, 'upload.json'), { force: true });
    rmSync(this.#directory, { recursive: true, force: true });
    for (const part of this.#parts.values()) this.#bodies.release(part.segments);
    this.#parts.clear();
  }
}
