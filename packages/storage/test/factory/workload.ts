import { readAll, type StorageProvider } from '@org/storage-core';

/** What a process has done so far. */
export interface WorkDone {
  readonly operations: number;
  /** Operations that failed, or told something wrong. */
  readonly failures: readonly string[];
}

/** Files that nobody changes. */
export const STILL = Array.from({ length: 20 }, (_, i) => `still/${i}`);

export const stillText = (key: string) => `the text of ${key}`;

/**
 * What an application does to its files, in several rows at once: each writes, reads, replaces, lists, copies, moves and deletes files of its own, of which it
 * knows what must be there, and reads files that nobody changes. Nothing is tried again.
 */
export class Workload {
  readonly #storage: StorageProvider;
  readonly #rows: Promise<void>[];
  readonly #failures: string[] = [];
  #operations = 0;
  #ended = false;

  /** @param name of the process; its files lie below it. */
  constructor(storage: StorageProvider, name: string, rows = 2) {
    this.#storage = storage;
    this.#rows = Array.from({ length: rows }, (_, row) => this.#row(`${name}/${row}`));
  }

  get done(): WorkDone {
    return { operations: this.#operations, failures: this.#failures };
  }

  async end(): Promise<WorkDone> {
    this.#ended = true;
    await Promise.all(this.#rows);
    return this.done;
  }

  async #row(folder: string): Promise<void> {
    for (let round = 0; !this.#ended && this.#failures.length === 0; round++) {
      const key = `${folder}/${round % 7}`;
      await this.#expect(`upload ${key}`, () => this.#upload(key, `${key} ${round}`), key);
      await this.#expect(`read ${key}`, () => this.#text(key), `${key} ${round}`);
      await this.#expect(`replace ${key}`, () => this.#upload(key, `again ${round}`), key);
      await this.#expect(`list ${folder}`, () => this.#listed(`${folder}/`), [key]);
      const [copy, moved] = [`${folder}/copy`, `${folder}/moved`];
      await this.#expect(
        `copy ${key}`,
        async () => (await this.#storage.copy(key, copy)).key,
        copy,
      );
      await this.#expect(
        `move ${copy}`,
        async () => (await this.#storage.move(copy, moved)).key,
        moved,
      );
      await this.#expect(`read ${moved}`, () => this.#text(moved), `again ${round}`);
      for (const each of [moved, key]) {
        await this.#expect(`delete ${each}`, () => this.#storage.delete(each), undefined);
        await this.#expect(`exists ${each}`, () => this.#storage.exists(each), false);
      }
      const still = STILL[round % STILL.length] ?? '';
      await this.#expect(`read ${still}`, () => this.#text(still), stillText(still));
    }
  }

  async #expect<T>(what: string, run: () => Promise<T>, expected: T): Promise<void> {
    try {
      const found = JSON.stringify(await run());
      if (found !== JSON.stringify(expected)) this.#failures.push(`${what}: ${found}`);
    } catch (error) {
      this.#failures.push(`${what}: ${String(error)}`);
    }
    this.#operations++;
  }

  async #upload(key: string, text: string): Promise<string> {
    return (await this.#storage.upload(key, text)).key;
  }

  async #text(key: string): Promise<string> {
    return (await readAll((await this.#storage.download(key)).body)).toString();
  }

  async #listed(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const entry of this.#storage.list({ prefix }))
      if (entry.type === 'file') keys.push(entry.key);
    return keys;
  }
}
