import { randomInt, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Download, type ETag, isStorageError, type StorageProvider } from '@org/storage-core';
import { type DescribedContent, describedContent, readCount } from './described-content.js';
import type { Change, RaceTask } from './race.js';

const ABSENT = { type: 'absent' } as const;
/** Bytes that a file is longer than another, at most. */
const PADDING = 256 * 1024;
/** Attempts in a row that others were faster at, after which a racer is taken to starve. */
const MAX_LOST = 1_000;
/** Looks in a row for a file that is not there, after which it is taken to be gone for good. */
const MAX_MISSED = 100;

/** One of those who are at a store at once. */
export async function runRacer(
  provider: StorageProvider,
  { act, keys, times }: RaceTask,
): Promise<Change[]> {
  const racer = new Racer(provider);
  for (let turn = 0; turn < times; turn++) {
    for (const key of keys) await racer[act](key);
  }
  return racer.changes;
}

class Racer implements Record<RaceTask['act'], (key: string) => Promise<void>> {
  readonly changes: Change[] = [];
  readonly #provider: StorageProvider;
  readonly #withMetadata: boolean;
  readonly #name = randomUUID();
  #written = 0;
  #missed = 0;

  constructor(provider: StorageProvider) {
    this.#provider = provider;
    this.#withMetadata = provider.capabilities.metadata !== 'absent';
  }

  async create(key: string): Promise<void> {
    await this.#change(key, undefined, () => this.#upload(key, this.#content(1), undefined));
  }

  async count(key: string): Promise<void> {
    for (let lost = 0; lost < MAX_LOST; lost++) {
      const found = await ifFound(this.#provider.download(key));
      const content = this.#content(1 + (found === undefined ? 0 : await this.#countIn(found)));
      const etag = found?.metadata.etag;
      if (await this.#change(key, etag, () => this.#upload(key, content, etag))) return;
    }
    throw new Error(`${MAX_LOST} attempts to count up ${key} were refused in a row`);
  }

  async delete(key: string): Promise<void> {
    const etag = await this.#nextVersion(key);
    if (etag === undefined) return;
    await this.#change(key, etag, async () => {
      await this.#provider.delete(key, { condition: { type: 'match', etag } });
      return undefined;
    });
  }

  async overwrite(key: string): Promise<void> {
    const { body, metadata } = this.#content(1, randomInt(PADDING));
    await this.#provider.upload(key, body, this.#withMetadata ? { metadata } : {});
  }

  async read(key: string): Promise<void> {
    await this.#countIn(await this.#provider.download(key));
  }

  /** Waits for somebody to create the file; `undefined` if nobody is likely to. */
  async #nextVersion(key: string): Promise<ETag | undefined> {
    while (this.#missed < MAX_MISSED) {
      const found = await ifFound(this.#provider.stat(key));
      this.#missed = found === undefined ? this.#missed + 1 : 0;
      if (found !== undefined) return found.etag;
      await setImmediate(); // for those of this process
    }
    return undefined;
  }

  #countIn(found: Download): Promise<number> {
    return readCount(found, this.#withMetadata);
  }

  /** Of no two uploads the same, so that an ETag names one of them. */
  #content(count: number, padding?: number): DescribedContent {
    return describedContent(count, `${this.#name} ${++this.#written}`, padding);
  }

  async #upload(key: string, content: DescribedContent, from: ETag | undefined): Promise<ETag> {
    const condition = from === undefined ? ABSENT : ({ type: 'match', etag: from } as const);
    const described = this.#withMetadata ? { metadata: content.metadata } : {};
    return (await this.#provider.upload(key, content.body, { ...described, condition })).etag;
  }

  /** Whether it was done; `false` if somebody else was faster. */
  async #change(
    key: string,
    from: ETag | undefined,
    change: () => Promise<ETag | undefined>,
  ): Promise<boolean> {
    try {
      this.changes.push({ key, from, to: await change() });
      return true;
    } catch (error) {
      const lost = ['AlreadyExists', 'PreconditionFailed', 'Conflict'] as const;
      if (!isStorageError(error) || !lost.some((code) => code === error.code)) throw error;
      await setImmediate(); // who won has to come to its end
      return false;
    }
  }
}

async function ifFound<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}
