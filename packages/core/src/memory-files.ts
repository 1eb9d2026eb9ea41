import { StorageError } from './error.js';
import type { FileVersion } from './file-versions.js';
import { compareKeys, type Key } from './key.js';
import type { FileMetadata } from './metadata.js';
import type { Condition } from './operation-options.js';

export interface StoredFile {
  readonly metadata: FileMetadata;
  readonly content: Buffer;
  readonly tags: Readonly<Record<string, string>>;
}

/** A file as it was, or that there was none from then on. */
interface Version {
  readonly versionId: string;
  readonly since: Date;
  readonly file?: StoredFile;
}

/** What a {@link MemoryStorageProvider} holds: of each key the current file alone, or with all that it was before. */
export class MemoryFiles {
  readonly #keepsVersions: boolean;
  /** Oldest first; no list is empty. */
  readonly #histories = new Map<string, readonly Version[]>();
  #count = 0;

  constructor(keepsVersions: boolean) {
    this.#keepsVersions = keepsVersions;
  }

  current(key: string): StoredFile | undefined {
    return this.#histories.get(key)?.at(-1)?.file;
  }

  /**
   * @param versionId default: the current one.
   * @throws StorageError `NotFound`.
   */
  get(key: string, versionId?: string): StoredFile {
    const file = versionId === undefined ? this.current(key) : this.#version(key, versionId)?.file;
    if (file !== undefined) return file;
    const what = versionId === undefined ? `file ${key}` : `version ${versionId} of ${key}`;
    throw new StorageError('NotFound', `there is no ${what}`);
  }

  /** Keys that have a file now, ordered. */
  keys(): string[] {
    const all = [...this.#histories.keys()];
    return all.filter((key) => this.current(key) !== undefined).sort(compareKeys);
  }

  put(key: string, file: StoredFile): FileMetadata {
    const { versionId, since } = this.#next();
    const versioned = this.#keepsVersions
      ? { ...file, metadata: { ...file.metadata, versionId } }
      : file;
    this.#append(key, { versionId, since, file: versioned });
    return versioned.metadata;
  }

  remove(key: string): void {
    if (this.#keepsVersions) this.#append(key, this.#next());
    else this.#histories.delete(key);
  }

  removeVersion(key: string, versionId: string): void {
    const left = this.#history(key).filter((version) => version.versionId !== versionId);
    if (left.length === 0) this.#histories.delete(key);
    else this.#histories.set(key, left);
  }

  setTags(key: string, tags: StoredFile['tags'], versionId?: string): void {
    const found = this.get(key, versionId);
    const changed = this.#history(key).map((version) =>
      version.file === found ? { ...version, file: { ...found, tags } } : version,
    );
    this.#histories.set(key, changed);
  }

  /** Ordered by key, and for one key the newest first. */
  *versions(prefix: string): Generator<FileVersion> {
    for (const key of [...this.#histories.keys()].sort(compareKeys)) {
      if (!key.startsWith(prefix)) continue;
      const newestFirst = [...this.#history(key)].reverse();
      yield* newestFirst.map((version, i) => described(key as Key, version, i === 0));
    }
  }

  clear(): void {
    this.#histories.clear();
  }

  #history(key: string): readonly Version[] {
    return this.#histories.get(key) ?? [];
  }

  #version(key: string, versionId: string): Version | undefined {
    return this.#history(key).find((version) => version.versionId === versionId);
  }

  #next(): Version {
    this.#count += 1;
    return { versionId: `version-${this.#count}`, since: new Date() };
  }

  #append(key: string, version: Version): void {
    this.#histories.set(key, this.#keepsVersions ? [...this.#history(key), version] : [version]);
  }
}

function described(key: Key, version: Version, latest: boolean): FileVersion {
  const { versionId, since, file } = version;
  const about = { key, versionId, latest, lastModified: new Date(since) };
  if (file === undefined) return { type: 'deletion', ...about };
  const { size, etag, lastModified } = file.metadata;
  return { type: 'file', ...about, lastModified: new Date(lastModified), size, etag };
}

/**
 * @throws StorageError `AlreadyExists`, `PreconditionFailed`.
 */
export function checkCondition(
  current: FileMetadata | undefined,
  condition: Condition | undefined,
): void {
  if (condition === undefined) return;
  if (condition.type === 'absent') {
    if (current !== undefined)
      throw new StorageError('AlreadyExists', `${current.key} exists already`);
  } else if (current?.etag !== condition.etag) {
    const found = current === undefined ? 'there is no such file' : 'it has changed';
    throw new StorageError('PreconditionFailed', `the file is not the expected version: ${found}`);
  }
}
