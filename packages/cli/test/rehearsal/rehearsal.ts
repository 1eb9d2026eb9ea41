import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetRegistry } from '@org/storage-hybrid';
import { expect } from 'vitest';
import { Dice } from '../../../migration/test/live/dice.js';
import type { BucketPlace } from '../../../migration/test/live/stores.js';
import type { Storage } from '../fixtures.js';
import { Crossing, type Passage } from './crossing.js';
import { Deck } from './deck.js';
import { recordEnd } from './end-state.js';
import { fill } from './files.js';
import { Fleet } from './fleet.js';
import { Incidents } from './incidents.js';
import { judge, type Verdict } from './judge.js';
import { Log } from './log.js';
import { Operator } from './operator.js';
import { openBucket, openDirectory, type Places } from './places.js';
import { expireTombstones, untilExpired } from './tombstones.js';

export interface RehearsalOptions {
  /** What the processes of the application run. */
  readonly module: URL;
  readonly seed: number;
  /** That are there at first. */
  readonly files: number;
  /** Whether they go back to a directory when they are in the bucket. */
  readonly back: boolean;
  /** For all files. */
  readonly home: string;
  readonly bucket: BucketPlace;
  /** Of an empty database, for the registries and the journals. */
  readonly database: string;
  /** @param table of the database. */
  readonly registry: (table: string) => FleetRegistry;
  /** The command, with variables of the environment. */
  readonly storage: (environment: Readonly<Record<string, string>>) => Storage;
  /** Kills the server, and starts it again after some milliseconds. */
  readonly restartServer: (pause: number) => Promise<void>;
  /** Keys of the bucket's unfinished uploads in parts. */
  readonly openUploads: () => Promise<readonly (string | undefined)[]>;
  /** ms after which it ends without having come to its end. */
  readonly timeout: number;
}

/** What has happened, as counts. */
export interface RehearsalReport extends Verdict {
  readonly seconds: number;
  readonly rounds: number;
  readonly migratorKills: number;
  readonly workerKills: number;
  readonly applicationKills: number;
  readonly outages: number;
}

/**
 * An application moves from a directory to a bucket, and back, while it works, by the commands that an operator gives, and all that can break
 * is broken on the way.
 * @throws Error with the seed, the act, and whether what clients saw until then has an explanation, if a command ends otherwise than it
 * should, if what clients saw has none, if a store is other than it should be at the end, or if it takes too long.
 */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalReport> {
  const rehearsal = new Rehearsal(options);
  const over = new AbortController();
  const late = sleep(options.timeout, undefined, { signal: over.signal }).then((): never => {
    throw new Error('it has taken too long');
  });
  try {
    return await Promise.race([rehearsal.run(), late]);
  } catch (error) {
    await rehearsal.end();
    const { message } = error instanceof Error ? error : { message: String(error) };
    const seen = await rehearsal.seenSoFar();
    throw new Error(
      `STORAGE_REHEARSAL_SEED=${options.seed}, ${rehearsal.act}: ${message}${message === seen ? '' : `\n${seen}`}`,
      { cause: error },
    );
  } finally {
    over.abort();
    await rehearsal.end();
  }
}

class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #dice: Dice;
  readonly #log = new Log();
  readonly #deck: Deck;
  readonly #there: Places;
  readonly #back: Places;
  readonly #fleet: Fleet;
  readonly #registries: readonly FleetRegistry[];
  readonly #incidents: Incidents;
  readonly #operators: Operator[] = [];
  #migratorKills = 0;

  constructor(options: RehearsalOptions) {
    const { module, seed, files, home, bucket, database, registry, restartServer } = options;
    this.#options = options;
    this.#dice = new Dice(seed);
    this.#deck = new Deck(files, new Dice(seed, 1));
    const stores = { bucket, database };
    const root = join(home, 'files');
    this.#there = { ...stores, root, direction: 'there', table: 'way_there' };
    this.#back = { ...stores, root: `${root}-back`, direction: 'back', table: 'way_back' };
    this.#registries = [this.#there, this.#back].map(({ table }) => registry(table));
    this.#fleet = new Fleet({
      ...{ module, seed, files, places: this.#there, directory: home, deck: this.#deck },
    });
    this.#incidents = new Incidents({
      ...{ dice: this.#dice, log: this.#log, fleet: this.#fleet, restartServer },
      registries: this.#registries,
    });
  }

  get act(): string {
    return this.#log.act;
  }

  async run(): Promise<RehearsalReport> {
    const begun = performance.now();
    const { files } = this.#options;
    await mkdir(this.#there.root);
    await fill(this.#there.root, files);
    await this.#fleet.start();
    await Promise.all([this.#fleet.work(), this.#play().finally(() => this.#fleet.end())]);
    this.#log.begin('the end');
    await this.#leaveNothing();
    const path = await this.#recordEnd();
    const histories = [...this.#fleet.histories, { process: 'at the end', path }];
    const verdict = await judge(files, histories, this.#incidents.troubles);
    const report = {
      ...verdict,
      seconds: Math.round((performance.now() - begun) / 1000),
      rounds: this.#fleet.rounds,
      migratorKills: this.#migratorKills,
      applicationKills: this.#fleet.kills,
      ...this.#incidents.counts,
    };
    this.#log.line(JSON.stringify(report));
    return report;
  }

  /** Whether that has an explanation, in a sentence. */
  async seenSoFar(): Promise<string> {
    try {
      return `What clients saw until then is as it should be: ${JSON.stringify(await this.#verdict())}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #verdict(): Promise<Verdict> {
    return judge(this.#options.files, this.#fleet.histories, this.#incidents.troubles);
  }

  /** Whatever still runs. */
  async end(): Promise<void> {
    const running = [...this.#operators, this.#fleet];
    await Promise.all(running.map((each) => each.kill()));
  }

  async #leaveNothing(): Promise<void> {
    for (const registry of this.#registries)
      while ((await registry.list()).length > 0) await sleep(200); // somebody watches, and removes who was killed
    // A probe of the bucket that was killed leaves one, which nothing removes.
    const uploads = (await this.#options.openUploads()).filter(
      (key) => !key?.includes('/.storage/probe-'),
    );
    expect(uploads, 'unfinished uploads').toEqual([]);
  }

  /** @returns the path of its history. */
  async #recordEnd(): Promise<string> {
    const { files, home, back } = this.#options;
    const { bucket, root } = this.#there;
    const path = join(home, 'history-end');
    await untilExpired(bucket);
    await using first = openDirectory(root);
    await using second = openBucket(bucket);
    await using third = openDirectory(this.#back.root);
    const ends = back
      ? { target: third, left: [first, second] }
      : { target: second, left: [first] };
    await recordEnd({ ...ends, files, dealt: this.#deck.dealt, path });
    return path;
  }

  async #play(): Promise<void> {
    await this.#goThere();
    if (!this.#options.back) return;
    this.#log.begin('other roles');
    await this.#exchangeRoles();
    await this.#goBack();
  }

  /** By two hosts, of two workers each. */
  async #goThere(): Promise<void> {
    const { bucket } = this.#there;
    const { replaceProcess, killWorker, stopServer } = this.#incidents;
    const operator = this.#operatorOf(this.#there);
    const stores = [this.#there.root, ...this.#urlAndServer()];
    await this.#cross(operator, {
      stores,
      prepare: [],
      migrate: ['--together', '--workers', '2'],
      hosts: [
        ['kill', replaceProcess, killWorker, 'kill'],
        [killWorker, 'kill', stopServer, 'kill'],
      ],
      retire: [],
      // Ceph does not delete on conditions, so that the tombstones are left to the server, by their tag.
      sweep: async () => {
        await operator.run(3, 'sweep', ...stores, '--drain', '0', '--yes');
        await expireTombstones(bucket);
        await this.#untilExpired();
      },
    });
  }

  /** The server looks at all objects for the tag, which takes very long if the application leaves it no time. */
  async #untilExpired(): Promise<void> {
    this.#fleet.slow = true;
    const onLeft = (left: number) => this.#log.line(`${left} tombstones are left`);
    const expired = await untilExpired(this.#there.bucket, onLeft);
    this.#fleet.slow = false;
    this.#log.line(`${expired} tombstones have expired`);
  }

  /** Conditional deletes leave tombstones in a bucket of Ceph's even in the mode target, which are files for the new roles. */
  async #exchangeRoles(): Promise<void> {
    this.#fleet.removes = false;
    this.#fleet.moves = false;
    await this.#fleet.nextRounds();
    await this.#untilExpired();
    await mkdir(this.#back.root);
    await this.#fleet.redeploy(this.#back);
    this.#fleet.moves = true;
  }

  async #goBack(): Promise<void> {
    const { root } = this.#back;
    const { replaceProcess, stopServer } = this.#incidents;
    const operator = this.#operatorOf(this.#back);
    const [url = '', ...server] = this.#urlAndServer();
    const stores = [url, root, ...server];
    const adopt = ['--adopt', this.#there.root, '--adopt-journal', this.#journalOf(this.#there)];
    await this.#cross(operator, {
      stores,
      prepare: ['--target', root],
      migrate: ['--drain', '5s', ...adopt],
      hosts: [['kill', replaceProcess, stopServer, 'kill']],
      retire: ['--delete'],
      sweep: async () => {
        await operator.run(0, 'sweep', ...stores, '--drain', '0', '--yes');
      },
    });
  }

  async #cross(operator: Operator, passage: Passage): Promise<void> {
    const { files } = this.#options;
    const scene = {
      ...{ operator, fleet: this.#fleet, incidents: this.#incidents },
      ...{ dice: this.#dice, log: this.#log, files },
      // Between rounds all histories end with the same state of the files.
      judge: () =>
        this.#fleet.betweenRounds(async () =>
          this.#log.line(JSON.stringify(await this.#verdict())),
        ),
    };
    operator.start('fleet', '--watch');
    const crossing = new Crossing(scene, passage);
    await crossing.play();
    this.#migratorKills += crossing.migratorKills;
  }

  #operatorOf(places: Places): Operator {
    const { database, storage } = this.#options;
    const environment = {
      STORAGE_FLEET: `${database}?table=${places.table}`,
      STORAGE_JOURNAL: this.#journalOf(places),
    };
    const operator = new Operator(storage(environment), this.#log);
    this.#operators.push(operator);
    return operator;
  }

  #journalOf({ table }: Places): string {
    return `${this.#options.database}?schema=journal_${table}`;
  }

  #urlAndServer(): string[] {
    const { bucket, prefix, endpoint, region } = this.#options.bucket;
    return [`s3://${bucket}/${prefix}`, '--endpoint', endpoint, '--region', region];
  }
}
