import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mode } from '@org/storage-hybrid';
import type { FileState } from '../../src/index.js';
import { retry } from '../../src/retry.js';
import { type ApplicationHandlers, CLIENTS, type Step } from './application.js';
import { checkHistory } from './check-history.js';
import { Child, Ended } from './child.js';
import { contentOf, nameValue } from './content.js';
import { Dice } from './dice.js';
import { checkEnd } from './end-state.js';
import { readHistory } from './history-file.js';
import { blockOf, KeyDeck } from './key-deck.js';
import type { LiveServer } from './live-server.js';
import type { MigratorHandlers } from './migrator.js';
import type { Modules } from './modules.js';
import { openMigrationStores, type Places } from './stores.js';

export interface LiveMigrationOptions {
  readonly modules: Modules;
  readonly server: LiveServer;
  /** For all files but the server's. */
  readonly directory: string;
  readonly seed: number;
  /** Tells one migration of a run from the others. */
  readonly number: number;
  /** Of work while files are copied. */
  readonly rounds: number;
  /** Default `there`. */
  readonly direction?: Places['direction'];
}

/** What has happened in a live migration, as counts. */
export interface LiveReport {
  readonly operations: number;
  readonly unanswered: number;
  readonly listings: number;
  readonly keys: number;
  /** Of the journal, by their state. */
  readonly files: Readonly<Partial<Record<FileState, number>>>;
  readonly migratorKills: number;
  readonly applicationKills: number;
  readonly serverStops: number;
}

interface Migrator {
  readonly child: Child<MigratorHandlers>;
  readonly complete: Promise<void>;
}

const PROCESSES = 4;

/** Of a key, by one client: of all together so many as can be checked, with the last look and a listing. */
const RECORDS = 24 / (PROCESSES * CLIENTS);

const LARGE = 5.5 * 1024 * 1024;

/** The round of work beside the migration in which the server is stopped in any case. */
const STOP_AT_LEAST_IN = 5;

/** The round from which on the migration is killed in any case, if none has been. */
const KILL_AT_LEAST_FROM = 5;

/**
 * An application of four processes moves from a directory to a bucket, or back, through all modes, while its clients work; the migration,
 * the application and the server are killed now and then.
 * @throws Error if what clients saw has no explanation, or if something is left at the end.
 */
export async function liveMigration(options: LiveMigrationOptions): Promise<LiveReport> {
  const migration = new LiveMigration(options);
  try {
    return await migration.run();
  } finally {
    await migration.end();
  }
}

class LiveMigration {
  readonly #options: LiveMigrationOptions;
  readonly #dice: Dice;
  readonly #places: Places;
  readonly #journal: string;
  readonly #deck: KeyDeck;
  readonly #initial = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #applications: Child<ApplicationHandlers>[] = [];
  readonly #children = new Set<Child<never>>();
  readonly #histories: { readonly process: string; readonly path: string }[] = [];
  readonly #counts = { migratorKills: 0, applicationKills: 0, serverStops: 0 };
  #migrator: Migrator | undefined;
  #rounds = 0;
  #step: Step = { mode: 'source', handedOver: false };

  constructor(options: LiveMigrationOptions) {
    const { server, directory, seed, number, rounds, direction = 'there' } = options;
    this.#options = options;
    this.#dice = new Dice(seed, number);
    this.#deck = new KeyDeck(rounds);
    this.#journal = join(directory, `journal-${number}.sqlite`);
    const bucket = { ...server.place, prefix: `migration-${number}` };
    this.#places = { root: join(directory, `files-${number}`), bucket, direction };
  }

  async run(): Promise<LiveReport> {
    await this.#fillSource();
    for (let i = 0; i < PROCESSES; i++) this.#applications.push(await this.#startApplication(i));
    await this.#work(this.#deck.early());
    await this.#roll('prepare');
    await this.#roll('hybrid');
    await this.#enter({ mode: 'hybrid', handedOver: true });
    await this.#migrate();
    await this.#roll('target');
    await Promise.all(this.#applications.map((application) => application.ask('close', undefined)));
    await this.#options.server.calm();
    return this.#check();
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  async #fillSource(): Promise<void> {
    await mkdir(this.#places.root);
    const { source, target } = openMigrationStores(this.#places);
    for (const [i, key] of this.#deck.initial.entries()) {
      const bytes = i % 50 === 25 ? LARGE : this.#dice.between(60, 3000);
      const value = nameValue(`at first ${i}`, bytes);
      this.#initial.set(key, value);
      const upload = () => source.upload(key, contentOf(value));
      await retry(upload, { attempts: 20, firstDelay: 10 }, undefined, () => {});
    }
    await source.close();
    await target.close();
  }

  async #startApplication(i: number): Promise<Child<ApplicationHandlers>> {
    const { modules, directory, seed, number } = this.#options;
    const name = `${number}.${i}-${this.#histories.length}`;
    const history = join(directory, `history-${name}`);
    const application = new Child<ApplicationHandlers>(`application ${name}`, modules.application);
    this.#children.add(application);
    const seeds = [seed, number, i, this.#histories.length];
    this.#histories.push({ process: name, path: history });
    const places = this.#places;
    await application.ask('open', { ...this.#step, places, history, name, seeds });
    return application;
  }

  /** A round of work on some keys, by all processes at once. */
  async #work(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#used.add(key);
    const prefixes = [...new Set(keys.map(blockOf)), ''];
    // Beside `prepare`, a create in `hybrid` may overwrite a file that is new in the source, and says so.
    const creates = this.#step.mode !== 'hybrid' || this.#step.handedOver;
    const round = {
      number: ++this.#rounds,
      keys,
      records: RECORDS,
      prefixes,
      creates,
      apart: !this.#options.server.ordersWrites,
    };
    await Promise.all(
      this.#applications.map(async (application) => {
        await application.ask('work', round).catch((error: unknown) => {
          if (!(error instanceof Ended && application.killed)) throw error;
        });
      }),
    );
  }

  /** A rolling deploy: the processes step one after the other, in the middle of their work. */
  async #roll(mode: Mode): Promise<void> {
    const keys = () => (mode === 'target' ? this.#deck.late() : this.#deck.early());
    this.#step = { ...this.#step, mode };
    for (const application of this.#applications) {
      await Promise.all([this.#work(keys()), this.#stepSoon(application)]);
    }
  }

  async #stepSoon(application: Child<ApplicationHandlers>): Promise<void> {
    await sleep(this.#dice.between(0, 100));
    await application.ask('step', this.#step);
  }

  async #enter(step: Step): Promise<void> {
    this.#step = step;
    await Promise.all(this.#applications.map((application) => application.ask('step', step)));
  }

  /** Rounds of work beside the migration, in many of which something is killed; then the migration runs to its end. */
  async #migrate(): Promise<void> {
    for (let round = 0; round < this.#options.rounds; round++) {
      const migrator = this.#startMigrator();
      const { front, settled } = await migrator.child.ask('progress', undefined);
      await Promise.all([
        this.#work(this.#deck.migrating(front)),
        ...(settled > 0 && this.#killsIn(round) ? [this.#killMigrator(migrator)] : []),
        ...(this.#dice.chance(0.1) ? [this.#replaceApplication()] : []),
        ...(this.#dice.chance(0.1) || round === STOP_AT_LEAST_IN ? [this.#stopServer()] : []),
      ]);
    }
    const { child, complete } = this.#startMigrator();
    await complete;
    await child.kill();
  }

  #killsIn(round: number): boolean {
    const due = round >= KILL_AT_LEAST_FROM && this.#counts.migratorKills === 0;
    return this.#dice.chance(0.3) || due;
  }

  /** The one that runs, or another. */
  #startMigrator(): Migrator {
    if (this.#migrator?.child.killed === false) return this.#migrator;
    const { modules, seed, number } = this.#options;
    const child = new Child<MigratorHandlers>('the migration', modules.migrator);
    this.#children.add(child);
    const seeds = [seed, number, this.#rounds];
    const complete = child.ask('run', { places: this.#places, journal: this.#journal, seeds });
    complete.catch(() => {}); // told at the end
    this.#migrator = { child, complete };
    return this.#migrator;
  }

  async #killMigrator({ child, complete }: Migrator): Promise<void> {
    await Promise.race([complete.catch(() => {}), sleep(this.#dice.between(0, 150))]);
    await child.kill();
    await complete.catch((error: unknown) => {
      if (!(error instanceof Ended)) throw error;
    });
    this.#counts.migratorKills++;
    this.#startMigrator();
  }

  async #replaceApplication(): Promise<void> {
    const i = this.#dice.between(0, PROCESSES - 1);
    await sleep(this.#dice.between(0, 150));
    await this.#applications[i]?.kill();
    this.#applications[i] = await this.#startApplication(i);
    this.#counts.applicationKills++;
  }

  async #stopServer(): Promise<void> {
    const { server } = this.#options;
    if (server.restart === undefined) return;
    await sleep(this.#dice.between(0, 150));
    await server.restart(this.#dice.between(50, 300));
    this.#counts.serverStops++;
  }

  async #check(): Promise<LiveReport> {
    const { directory, number, server } = this.#options;
    const keys = [...new Set([...this.#initial.keys(), ...this.#used])];
    const path = join(directory, `history-${number}-end`);
    const files = await checkEnd({
      places: this.#places,
      server,
      journal: this.#journal,
      history: path,
      keys,
    });
    this.#histories.push({ process: 'at the end', path });
    const histories = this.#histories.map((each) => readHistory(each.path, each.process));
    const operations = histories.flatMap((history) => history.operations);
    const listings = histories.flatMap((history) => history.listings);
    checkHistory(this.#initial, { operations, listings });
    const open = operations.filter(({ ended }) => ended === Number.POSITIVE_INFINITY);
    return {
      operations: operations.length,
      unanswered: open.length,
      listings: listings.length,
      keys: keys.length,
      files,
      ...this.#counts,
    };
  }
}
