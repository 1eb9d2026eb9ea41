import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../../../migration/test/live/dice.js';
import type { Fleet } from './fleet.js';
import type { Incidents } from './incidents.js';
import type { Log } from './log.js';
import { type Operator, unexpected } from './operator.js';
import { type Calamity, untilDone } from './until-done.js';

export interface Scene {
  readonly operator: Operator;
  readonly fleet: Fleet;
  readonly incidents: Incidents;
  readonly dice: Dice;
  readonly log: Log;
  /** That were there at first. */
  readonly files: number;
  /** Judges what clients have seen so far. */
  readonly judge: () => Promise<void>;
}

/** What is particular to one direction. */
export interface Passage {
  /** Arguments of the commands for the source and the target. */
  readonly stores: readonly string[];
  /** Options of `mode prepare`. */
  readonly prepare: readonly string[];
  /** Options of `migrate`. */
  readonly migrate: readonly string[];
  /** Of each host that migrates, what happens to it. */
  readonly hosts: readonly (readonly Calamity[])[];
  /** Options of `retire`. */
  readonly retire: readonly string[];
  /** Removes the tombstones. */
  readonly sweep: () => Promise<void>;
}

/** For which nobody may have read from the source before the cutover. */
const QUIET = ['--quiet', '3s'];

/** A gate that is not open after so many looks will not be. */
const MOST_LOOKS = 60;

/** The way of an application from one store to another, act by act. */
export class Crossing {
  readonly #scene: Scene;
  readonly #passage: Passage;
  migratorKills = 0;

  constructor(scene: Scene, passage: Passage) {
    this.#scene = scene;
    this.#passage = passage;
  }

  async play(): Promise<void> {
    await this.#act('source', async () => {});
    await this.#act('prepare', () => this.#prepare());
    await this.#act('hybrid', () => this.#handOver());
    await this.#act('migrate', () => this.#migrate());
    await this.#act('verify and retire', () => this.#retire());
    await this.#act('cutover', () => this.#cutOver());
    await this.#scene.judge();
    await this.#act('sweep', () => this.#passage.sweep());
  }

  async #act(name: string, play: () => Promise<void>): Promise<void> {
    const { log, fleet } = this.#scene;
    log.begin(name);
    await play();
    await fleet.nextRounds(3);
    log.line(`${fleet.rounds} rounds`);
  }

  async #prepare(): Promise<void> {
    const { operator, incidents } = this.#scene;
    await operator.run(3, 'mode', 'hybrid', '--json'); // one step at a time
    await operator.run(0, 'mode', 'prepare', ...this.#passage.prepare);
    await operator.run(3, 'migrate', ...this.#passage.stores, '--json'); // too early
    await incidents.replaceProcess();
  }

  /** Beside `prepare`, a create in `hybrid` may overwrite, and files that only the source has are not moved. */
  async #handOver(): Promise<void> {
    const { operator, fleet, incidents } = this.#scene;
    fleet.creates = false;
    await fleet.nextRounds();
    await incidents.during(['Conflict'], () => operator.run(0, 'mode', 'hybrid'));
    fleet.creates = true;
  }

  async #migrate(): Promise<void> {
    const { operator, incidents } = this.#scene;
    const { stores, migrate, hosts } = this.#passage;
    await Promise.all(
      hosts.map((calamities) => this.#untilDone(['migrate', ...migrate], calamities)),
    );
    await incidents.forgetKilled();
    await operator.run(0, 'migrate', ...stores, ...migrate);
    await operator.run(3, 'gate', ...stores);
    await operator.run(3, 'cutover', ...stores, '--yes');
  }

  async #retire(): Promise<void> {
    const { replaceProcess, stopServer } = this.#scene.incidents;
    const { retire } = this.#passage;
    await this.#untilDone(['verify', '--live'], ['kill', stopServer]);
    await this.#untilDone(
      ['retire', '--yes', ...retire],
      ['kill', stopServer, replaceProcess, 'kill'],
    );
  }

  async #cutOver(): Promise<void> {
    const { operator, incidents } = this.#scene;
    const { stores } = this.#passage;
    const gate = ['gate', ...stores, ...QUIET];
    for (let looks = 1; ; looks++) {
      const done = await operator.start(...gate).ended;
      if (done.code === 0) break;
      if (done.code !== 3 || looks === MOST_LOOKS) throw unexpected(gate, done, '0');
      await sleep(500);
    }
    await operator.run(0, 'cutover', ...stores, ...QUIET, '--yes');
    await incidents.replaceProcess();
  }

  async #untilDone(
    [command = '', ...flags]: readonly string[],
    calamities: readonly Calamity[],
  ): Promise<void> {
    const { operator, fleet, incidents, dice, files } = this.#scene;
    const together = flags.includes('--together');
    this.migratorKills += await untilDone({
      operator,
      args: [command, ...this.#passage.stores, ...flags],
      calamities,
      step: Math.ceil(files / 4 / calamities.length),
      dice,
      excused: (since) => incidents.any(since),
      onRun: (run) => {
        fleet.front = () => run.front;
      },
      // Those who migrate together don’t mind.
      onKill: async () => {
        if (!together) await incidents.forgetKilled();
      },
    });
    fleet.front = () => undefined;
  }
}
