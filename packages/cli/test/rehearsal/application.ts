import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageError } from '@org/storage-core';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import pg from 'pg';
import { postgresFleetRegistry } from '../../../migration/src/fleet/postgres-fleet-registry.js';
import { answerQuestions } from '../../../migration/test/live/answering.js';
import { Client } from '../../../migration/test/live/client.js';
import { Dice } from '../../../migration/test/live/dice.js';
import { HistoryFile } from '../../../migration/test/live/history-file.js';
import { keysIn, readValue } from '../../../migration/test/live/read-value.js';
import type { Move, Round } from './deck.js';
import { keyOf, lotOf } from './files.js';
import { openBucket, openDirectory, type Places } from './places.js';

interface Settings {
  readonly places: Places;
  /** Path of what it records. */
  readonly history: string;
  /** Of no other process. */
  readonly name: string;
  readonly seeds: readonly number[];
  /** That are there at first. */
  readonly files: number;
}

/** A round, as one process works on it. */
interface Part extends Omit<Round, 'moves'> {
  readonly moves: readonly Move[];
  /** Whether files are created on the condition that there are none. */
  readonly creates: boolean;
  /** Whether files are deleted on conditions. */
  readonly removes: boolean;
  /** Whether it lists all files once. */
  readonly lists: boolean;
  /** Whether files that nobody changes are read less often. */
  readonly slow: boolean;
}

/** Clients of one process, who work on the same keys, and their records of each key. */
const CLIENTS = 2;
const RECORDS = 3;

/** ms. A process that was killed is taken for gone after `drain`. */
const BEATS = { heartbeat: 500, drain: 12_000 } as const;

/** A process that works without a pause: on the keys of a round, and between rounds and beside them on files that nobody changes. */
class Application {
  readonly #settings: Settings;
  readonly #history: HistoryFile;
  readonly #pool: pg.Pool;
  readonly #storage: HybridStorageProvider;
  readonly #readings: Promise<void>;
  #slow = false;
  #ended = false;

  constructor(settings: Settings) {
    const { places, history } = settings;
    this.#settings = settings;
    this.#history = new HistoryFile(history);
    this.#pool = new pg.Pool({ connectionString: places.database, max: 2 });
    this.#pool.on('error', () => {}); // of idle connections; the registry connects again
    const registry = postgresFleetRegistry(this.#pool, { table: places.table });
    const neighbours = new FleetMember({ registry, ...BEATS });
    const directory = openDirectory(places.root);
    const bucket = openBucket(places.bucket);
    const [source, target] =
      places.direction === 'there' ? [directory, bucket] : [bucket, directory];
    this.#storage = new HybridStorageProvider({
      source,
      target,
      mode: neighbours.wanted('source'),
      neighbours,
    });
    this.#readings = this.#readOn(new Dice(...settings.seeds));
  }

  /** Resolves when it has reached the mode that is wanted. */
  async ready(): Promise<void> {
    while (this.#storage.stage === undefined || this.#storage.stage === 'hybrid') await sleep(20);
  }

  async work(part: Part): Promise<void> {
    const { name, seeds } = this.#settings;
    this.#slow = part.slow;
    const clients = Array.from(
      { length: CLIENTS },
      (_, i) =>
        new Client({
          storage: this.#storage,
          history: this.#history,
          dice: new Dice(...seeds, part.number, i),
          name: `${name}.${part.number}.${i}`,
          creates: part.creates,
          removes: part.removes,
          apart: true,
        }),
    );
    await Promise.all([
      ...clients.map((client) => client.work(part.keys, RECORDS, part.prefixes)),
      this.#doOnce(part),
    ]);
  }

  /** @throws Error if it has met anything but errors of the stores. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#readings;
    await this.#storage.close();
    await this.#pool.end();
  }

  async #doOnce({ looks, moves, lists }: Part): Promise<void> {
    for (const key of looks) await this.#attempt(() => this.#look(key));
    for (const move of moves) await this.#attempt(() => this.#move(move));
    if (lists)
      await this.#attempt(() => this.#history.recordListing('', () => keysIn(this.#storage)));
  }

  async #readOn(dice: Dice): Promise<void> {
    const { files } = this.#settings;
    while (!this.#ended) {
      const file = dice.between(0, files - 1);
      if (lotOf(file) === 'still') await this.#attempt(() => this.#look(keyOf(file)));
      await sleep(dice.between(0, this.#slow ? 400 : 20));
    }
  }

  async #look(key: string): Promise<void> {
    await this.#history.record({ kind: 'read', key }, () => readValue(this.#storage, key));
  }

  /** Not at one moment: there may be both files, or in between the new one with the old one still there. */
  async #move({ from, to, value }: Move): Promise<void> {
    await this.#history.record({ kind: 'write', key: to, value }, () =>
      this.#history.record({ kind: 'delete', key: from }, async () => {
        await this.#storage.move(from, to);
        return undefined;
      }),
    );
  }

  /** What fails is recorded; a store that is away is not asked all the time. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!isStorageError(error)) throw error;
      await sleep(50);
    }
  }
}

let application: Application | undefined;

const handlers = {
  async open(settings: Settings): Promise<void> {
    application = new Application(settings);
    await application.ready();
  },
  async work(part: Part): Promise<void> {
    await application?.work(part);
  },
  async end(_: undefined): Promise<void> {
    await application?.end();
  },
};

export type ApplicationHandlers = typeof handlers;

answerQuestions(handlers);
