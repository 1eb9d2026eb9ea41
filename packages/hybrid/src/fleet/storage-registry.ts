import {
  type Capabilities,
  type Condition,
  type ETag,
  isAtomic,
  isStorageError,
  type Key,
  parseETag,
  parseKey,
  readAll,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import {
  encodeMemberRecord,
  type MemberRecord,
  notUnderstood,
  parseMemberRecord,
  parseObject,
} from './record.js';
import type { FleetEntry, FleetRegistry, Version, WantedEntry } from './registry.js';
import { encodeWantedMode, parseWantedMode, type WantedMode } from './wanted.js';

export interface StorageFleetRegistryOptions {
  /** Keys below it are the registry’s. Default `.fleet`. */
  readonly prefix?: string | undefined;
}

/** Records that are read at the same time. */
const CONCURRENCY = 16;
/** Bytes. */
const MAX_RECORD = 65_536;
/** Times that a token is asked for against others who do the same. */
const ATTEMPTS = 100;

/**
 * A registry of one small file for each member, in any store that evaluates conditions on writes; on conditional deletes it does
 * not depend. Its files are seen by whoever lists the store: give it a prefix, or a store, that is not migrated.
 *
 * `close` leaves the provider open.
 * @throws StorageError `InvalidKey` for a prefix that is no key. Its methods reject with `Unsupported` if the store ignores
 * conditions.
 */
export function storageFleetRegistry(
  provider: StorageProvider,
  options: StorageFleetRegistryOptions = {},
): FleetRegistry {
  return new StorageFleetRegistry(provider, parseKey(options.prefix ?? '.fleet'));
}

class StorageFleetRegistry implements FleetRegistry {
  readonly #provider: StorageProvider;
  readonly #folder: string;
  readonly #tokenKey: Key;
  readonly #wantedKey: Key;
  #checked: Promise<void> | undefined;

  constructor(provider: StorageProvider, prefix: Key) {
    this.#provider = provider;
    this.#folder = `${prefix}/members/`;
    this.#tokenKey = parseKey(`${prefix}/token.json`);
    this.#wantedKey = parseKey(`${prefix}/wanted.json`);
  }

  join(member: MemberRecord): Promise<Version | undefined> {
    return this.#put(this.#key(member.id), encodeMemberRecord(member), undefined);
  }

  update(member: MemberRecord, version: Version): Promise<Version | undefined> {
    return this.#put(this.#key(member.id), encodeMemberRecord(member), parseETag(version));
  }

  /**
   * First makes a removed record of it, on the condition of its version, since many servers ignore conditions on deletes. Nobody
   * replaces that: ids are not used again, and the plain delete meets nothing else.
   */
  async remove(id: string, version: Version): Promise<boolean> {
    const key = this.#key(id);
    const removed = JSON.stringify({ removed: true, id, version });
    const etag = await this.#put(key, removed, parseETag(version));
    if (etag !== undefined) await this.#clear(key, parseETag(etag));
    return etag !== undefined;
  }

  async list(): Promise<readonly FleetEntry[]> {
    const keys: Key[] = [];
    for await (const entry of this.#provider.list({ prefix: this.#folder }))
      if (entry.type === 'file') keys.push(entry.key);
    const entries: FleetEntry[] = [];
    for (let at = 0; at < keys.length; at += CONCURRENCY) {
      const some = keys.slice(at, at + CONCURRENCY).map((key) => this.#entry(key));
      entries.push(...(await Promise.all(some)).flat());
    }
    return entries;
  }

  /** None or one: it may have been removed since it was listed. */
  async #entry(key: Key): Promise<FleetEntry[]> {
    const place = this.#place(key);
    const found = await this.#get(key, place);
    if (found === undefined) return [];
    const { text, etag } = found;
    if (parseObject(text)?.['removed'] === true) {
      await this.#clear(key, etag); // whoever removed it did not come so far
      return [];
    }
    const id = key.slice(this.#folder.length).replace(/\.json$/, '');
    return [{ member: parseMemberRecord(text, id, place), version: etag }];
  }

  async nextToken(): Promise<number> {
    const place = this.#place(this.#tokenKey);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await this.#get(this.#tokenKey, place);
      const last = found === undefined ? 0 : parseObject(found.text)?.['token'];
      if (!Number.isSafeInteger(last)) throw notUnderstood(place, 'it holds no number');
      const token = Number(last) + 1;
      const put = this.#put(this.#tokenKey, JSON.stringify({ token }), found?.etag);
      if ((await put.catch(unlessConflict)) !== undefined) return token;
    }
    throw new StorageError('Conflict', `too many processes ask for a token at the same time`);
  }

  async wanted(): Promise<WantedEntry | undefined> {
    const place = this.#place(this.#wantedKey);
    const found = await this.#get(this.#wantedKey, place);
    return found && { wanted: parseWantedMode(found.text, place), version: found.etag };
  }

  want(wanted: WantedMode, version: Version | undefined): Promise<Version | undefined> {
    const etag = version === undefined ? undefined : parseETag(version);
    return this.#put(this.#wantedKey, encodeWantedMode(wanted), etag);
  }

  async close(): Promise<void> {}

  /** For messages. */
  #place(key: Key): string {
    return `${key} in the store "${this.#provider.name}"`;
  }

  #key(id: string): Key {
    return parseKey(`${this.#folder}${id}.json`);
  }

  async #get(key: Key, place: string): Promise<{ text: string; etag: ETag } | undefined> {
    try {
      const { metadata, body } = await this.#provider.download(key);
      if (metadata.size > MAX_RECORD) {
        body.destroy();
        throw notUnderstood(place, `it has ${metadata.size} bytes`);
      }
      return { text: (await readAll(body)).toString(), etag: metadata.etag };
    } catch (error) {
      if (isStorageError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  /** @returns `undefined` if the condition does not hold. */
  async #put(key: Key, body: string, version: ETag | undefined): Promise<Version | undefined> {
    await this.#check();
    const condition: Condition =
      version === undefined ? { type: 'absent' } : { type: 'match', etag: version };
    try {
      const { etag } = await this.#provider.upload(key, body, {
        condition,
        contentType: 'application/json',
        cacheControl: 'no-store',
      });
      return etag;
    } catch (error) {
      if (isRefusal(error, condition)) return undefined;
      throw error;
    }
  }

  /**
   * Removes the file of a removed record. Left behind, it means nothing. Where the store can, on a condition: a policy may allow
   * no other deletes.
   */
  async #clear(key: Key, etag: ETag): Promise<void> {
    const conditional = isAtomic(this.#provider.capabilities.conditionalDelete);
    const options = conditional ? { condition: { type: 'match', etag } as const } : {};
    await this.#provider.delete(key, options).catch(() => undefined);
  }

  #check(): Promise<void> {
    this.#checked ??= checkConditions(this.#provider).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }
}

function isRefusal(error: unknown, { type }: Condition): boolean {
  if (type === 'absent') return isStorageError(error, 'AlreadyExists');
  return isStorageError(error, 'PreconditionFailed') || isStorageError(error, 'NotFound');
}

/** S3 may answer two writes at the same time with 409 instead of 412. */
function unlessConflict(error: unknown): undefined {
  if (!isStorageError(error, 'Conflict')) throw error;
}

async function checkConditions(provider: StorageProvider): Promise<void> {
  const capable = ({ conditionalCreate, conditionalUpdate }: Capabilities) =>
    conditionalCreate !== 'absent' && conditionalUpdate !== 'absent';
  if (capable(provider.capabilities)) return;
  if (provider.probe !== undefined && capable(await provider.probe())) return;
  throw new StorageError(
    'Unsupported',
    `the store "${provider.name}" can’t hold a fleet’s registry: it does not evaluate conditions on writes`,
  );
}
