import { Readable } from 'node:stream';
import { type ETag, isStorageError, type StorageProvider } from '@org/storage-core';
import { contentOf, nameValue, valueIn, valueOfRange } from './content.js';
import type { Dice } from './dice.js';
import type { HistoryFile } from './history-file.js';
import { keysIn } from './read-value.js';

interface Found {
  readonly value: string;
  readonly etag: ETag;
}

/** Bytes of a small file, and of one that S3 takes in parts. */
const SMALL = 3000;
const LARGE = 5.5 * 1024 * 1024;

/** What a client does with a key, and how many records of the history that makes. */
type Deed = keyof Client['deeds'];
const COSTS: readonly (readonly [Deed, number])[] = [
  ...([
    ['read', 1],
    ['read', 1],
    ['read', 1],
    ['write', 1],
    ['write', 1],
  ] as const),
  ...([
    ['create', 1],
    ['create', 1],
    ['delete', 1],
    ['delete', 1],
  ] as const),
  ...([
    ['update', 2],
    ['update', 2],
    ['remove', 2],
    ['readRange', 2],
  ] as const),
];

/** Changes without a condition, and with one. */
const PLAIN: readonly Deed[] = ['write', 'delete'];
const CONDITIONAL: readonly Deed[] = ['create', 'update', 'remove'];

export interface ClientOptions {
  readonly storage: StorageProvider;
  readonly history: HistoryFile;
  readonly dice: Dice;
  /** Begins the names of this client's values: no other's begin with it. */
  readonly name: string;
  /** Whether files are created on the condition that there are none. */
  readonly creates: boolean;
  /** Whether files are deleted on conditions. Default `true`. */
  readonly removes?: boolean;
  /** Whether a key is changed either with conditions or without, and not both. */
  readonly apart: boolean;
}

/** One after the other, random operations on some keys, and a record of what came of them. */
export class Client {
  readonly #storage: StorageProvider;
  readonly #history: HistoryFile;
  readonly #dice: Dice;
  readonly #name: string;
  readonly #never: readonly Deed[];
  readonly #apart: boolean;
  #written = 0;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(options: ClientOptions) {
    const { storage, history, dice, name, creates, removes = true, apart } = options;
    this.#storage = storage;
    this.#history = history;
    this.#dice = dice;
    this.#name = name;
    this.#never = [
      ...(creates ? [] : (['create'] as const)),
      ...(removes ? [] : (['remove'] as const)),
    ];
    this.#apart = apart;
  }

  /** @param records of each key, at most. */
  async work(keys: readonly string[], records: number, prefixes: readonly string[]): Promise<void> {
    const left = new Map(keys.map((key) => [key, records]));
    for (
      let key = this.#dice.oneOf(keys);
      key !== undefined;
      key = this.#dice.oneOf([...left.keys()])
    ) {
      const budget = left.get(key) ?? 0;
      const excluded = this.#excluded(keys.indexOf(key));
      const affordable = COSTS.filter(([deed, cost]) => cost <= budget && !excluded.includes(deed));
      const [deed, cost] = this.#dice.oneOf(affordable) ?? ['read', 1];
      if (budget <= cost) left.delete(key);
      else left.set(key, budget - cost);
      await this.#attempt(() => this.deeds[deed](key));
      if (this.#dice.chance(0.04))
        await this.#attempt(() => this.#list(this.#dice.oneOf(prefixes) ?? ''));
    }
  }

  #excluded(index: number): readonly Deed[] {
    const apart = index % 2 === 0 ? PLAIN : CONDITIONAL;
    return [...this.#never, ...(this.#apart ? apart : [])];
  }

  /** Waits for the operation that is under way, if there is one. */
  async settle(): Promise<void> {
    await this.#underWay.catch(() => {}); // `work` tells of it
  }

  /** What fails is recorded, and the next operation begun, after a moment: a server that is away is not asked all the time. */
  async #attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      this.#underWay = act();
      await this.#underWay;
    } catch (error) {
      if (!isStorageError(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, this.#dice.between(10, 60)));
    }
  }

  readonly deeds = {
    read: async (key: string) => {
      await this.#read(key);
    },
    write: async (key: string) => {
      const value = this.#newValue();
      await this.#history.record({ kind: 'write', key, value }, async () => {
        await this.#storage.upload(key, this.#bodyOf(value));
        return undefined;
      });
    },
    create: async (key: string) => {
      const value = this.#newValue();
      await this.#history.record({ kind: 'create', key, value }, () =>
        whetherItHeld(
          this.#storage.upload(key, this.#bodyOf(value), { condition: { type: 'absent' } }),
        ),
      );
    },
    delete: async (key: string) => {
      await this.#history.record({ kind: 'delete', key }, async () => {
        await this.#storage.delete(key);
        return undefined;
      });
    },
    update: async (key: string) => {
      const found = await this.#read(key);
      if (found === undefined) return;
      const value = this.#newValue();
      const condition = { type: 'match', etag: found.etag } as const;
      await this.#history.record({ kind: 'update', key, from: found.value, value }, () =>
        whetherItHeld(this.#storage.upload(key, this.#bodyOf(value), { condition })),
      );
    },
    remove: async (key: string) => {
      const found = await this.#read(key);
      if (found === undefined) return;
      const condition = { type: 'match', etag: found.etag } as const;
      await this.#history.record({ kind: 'remove', key, from: found.value }, () =>
        whetherItHeld(this.#storage.delete(key, { condition })),
      );
    },
    /** A part of the version that was read: if it is given, the version is still there. */
    readRange: async (key: string) => {
      const found = await this.#read(key);
      if (found === undefined) return;
      const { value, etag } = found;
      const size = contentOf(value).length;
      const start = this.#dice.between(0, size - 1);
      const end = this.#dice.between(start + 1, size);
      await this.#history.record({ kind: 'read', key }, async () => {
        const range = { start, end: end - 1 };
        const condition = { type: 'match', etag } as const;
        try {
          const { body } = await this.#storage.download(key, { range, condition });
          return valueOfRange(value, await bytesIn(body), start, end);
        } catch (error) {
          if (isStorageError(error, 'NotFound')) return undefined;
          throw error;
        }
      });
    },
  };

  async #read(key: string): Promise<Found | undefined> {
    let etag: ETag | undefined;
    const value = await this.#history.record({ kind: 'read', key }, async () => {
      try {
        const { metadata, body } = await this.#storage.download(key);
        etag = metadata.etag;
        return valueIn(await bytesIn(body));
      } catch (error) {
        if (isStorageError(error, 'NotFound')) return undefined;
        throw error;
      }
    });
    return value === undefined || etag === undefined ? undefined : { value, etag };
  }

  async #list(prefix: string): Promise<void> {
    await this.#history.recordListing(prefix, () => keysIn(this.#storage, prefix));
  }

  #newValue(): string {
    const large = this.#dice.chance(0.002);
    const bytes = large ? LARGE : this.#dice.between(60, SMALL);
    return nameValue(`${this.#name}.${++this.#written}`, bytes);
  }

  /** Bytes, which can be sent again, or a stream, which can't. */
  #bodyOf(value: string): Buffer | Readable {
    const content = contentOf(value);
    return this.#dice.chance(0.5) ? content : Readable.from([content], { objectMode: false });
  }
}

async function bytesIn(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function whetherItHeld(done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    if (isStorageError(error, 'AlreadyExists') || isStorageError(error, 'PreconditionFailed'))
      return false;
    throw error;
  }
}
