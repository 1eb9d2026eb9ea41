import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageError, readAll, type StorageProvider } from '@org/storage-core';
import { contentOf, FILES, keyOf, PROCESSES, USERS } from './content.js';

/** What users have done, and how it went. */
export interface Tally {
  operations: number;
  /** Answers that were not what the user had written, or deleted. */
  wrong: number;
  failed: number;
  /** Milliseconds. */
  slowest: number;
}

/** A user who reads, writes, deletes and makes files without a pause, and checks every answer. */
export class User {
  readonly #storage: StorageProvider;
  readonly #tally: Tally;
  readonly #number: number;
  /** The present version of each file; 0 for what was there at first, `undefined` for what was deleted. */
  readonly #versions = new Map<string, number | undefined>();
  #writes = 0;

  constructor(storage: StorageProvider, tally: Tally, number: number) {
    this.#storage = storage;
    this.#tally = tally;
    this.#number = number;
    for (let file = number; file < FILES; file += PROCESSES * USERS)
      this.#versions.set(keyOf(file), 0);
  }

  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const begun = performance.now();
      try {
        await this.#something();
      } catch (error) {
        this.#tally.failed++;
        process.stderr.write(`${isStorageError(error) ? error.message : error}\n`);
      }
      this.#tally.operations++;
      this.#tally.slowest = Math.max(this.#tally.slowest, performance.now() - begun);
      await sleep(Math.random() * 10);
    }
  }

  /** Looks at all files once. */
  async checkAll(): Promise<void> {
    for (const key of this.#versions.keys()) await this.#read(key);
    const listed = new Set<string>();
    for await (const entry of this.#storage.list({ prefix: `users/${this.#number}/` }))
      if (entry.type === 'file') listed.add(entry.key);
    for (const [key, version] of this.#versions)
      if (listed.has(key) !== (version !== undefined)) this.#tally.wrong++;
  }

  #something(): Promise<void> {
    const keys = [...this.#versions.keys()];
    const key = keys[Math.floor(Math.random() * keys.length)] ?? keyOf(this.#number);
    const dice = Math.random();
    if (dice < 0.6) return this.#read(key);
    if (dice < 0.75) return this.#write(key);
    if (dice < 0.85) return this.#delete(key);
    return this.#write(`users/${this.#number}/new/${this.#writes}.txt`);
  }

  async #read(key: string): Promise<void> {
    const version = this.#versions.get(key);
    const expected = version === undefined ? undefined : contentOf(key, version);
    const found = await this.#content(key);
    if (expected === undefined ? found !== undefined : found?.equals(expected) !== true)
      this.#tally.wrong++;
  }

  async #content(key: string): Promise<Buffer | undefined> {
    try {
      return Buffer.from(await readAll((await this.#storage.download(key)).body));
    } catch (error) {
      if (isStorageError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #write(key: string): Promise<void> {
    const version = ++this.#writes;
    await this.#storage.upload(key, contentOf(key, version));
    this.#versions.set(key, version);
  }

  async #delete(key: string): Promise<void> {
    await this.#storage.delete(key);
    this.#versions.set(key, undefined);
  }
}
