import { OrderedKeys } from './ordered-keys.js';
import type { ObjectRecord, VersionRecord } from './records.js';

/** The versions of a bucket's keys: their records, and no more, are in memory. */
export class VersionedKeys {
  /** What a GET without a version id finds: the current versions that are objects. */
  readonly objects = new OrderedKeys<ObjectRecord>();
  /** All versions, the newest first; no key has none. */
  readonly versions = new OrderedKeys<readonly VersionRecord[]>();

  current(key: string): VersionRecord | undefined {
    return this.versions.get(key)?.[0];
  }

  find(key: string, versionId: string): VersionRecord | undefined {
    return this.versions.get(key)?.find((version) => version.versionId === versionId);
  }

  /** Adds the version, or replaces the one of its id. */
  set(version: VersionRecord): void {
    const others = (this.versions.get(version.key) ?? []).filter(
      ({ versionId }) => versionId !== version.versionId,
    );
    const place = others.findIndex(({ sequence }) => sequence < version.sequence);
    others.splice(place < 0 ? others.length : place, 0, version);
    this.#replace(version.key, others);
  }

  remove({ key, versionId }: VersionRecord): void {
    const left = this.versions.get(key)?.filter((version) => version.versionId !== versionId);
    this.#replace(key, left ?? []);
  }

  #replace(key: string, versions: readonly VersionRecord[]): void {
    const [current] = versions;
    if (current) this.versions.set(key, versions);
    else this.versions.delete(key);
    if (current?.type === 'object') this.objects.set(key, current);
    else this.objects.delete(key);
  }
}
