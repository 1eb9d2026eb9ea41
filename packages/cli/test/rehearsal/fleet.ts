import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child, Ended } from '../../../migration/test/live/child.js';
import type { ApplicationHandlers } from './application.js';
import type { Deck } from './deck.js';
import type { Places } from './places.js';

interface FleetSettings {
  readonly module: URL;
  readonly places: Places;
  /** Of the histories. */
  readonly directory: string;
  readonly seed: number;
  /** That are there at first. */
  readonly files: number;
  readonly deck: Deck;
}

type Process = Child<ApplicationHandlers>;

const PROCESSES = 3;

/** Rounds from one listing of all files to the next. */
const LISTS_EVERY = 20;

/** ms from the end of a round to the next, while they are slow. */
const REST = 2_000;

/** The processes of the application. They work in rounds, one after the other, until they are told to end. */
export class Fleet {
  readonly #settings: FleetSettings;
  readonly #processes: Process[] = [];
  readonly #all: Process[] = [];
  readonly histories: { readonly process: string; readonly path: string }[] = [];
  /** The last key that a migration has told of, while one is at work. */
  front: () => string | undefined = () => undefined;
  kills = 0;
  rounds = 0;
  /** Whether files are created on the condition that there are none, from the next round on. */
  creates = true;
  /** Whether they delete on conditions, from the next round on. */
  removes = true;
  /** Whether they give files other names, from the next round on. */
  moves = true;
  /** Whether they leave the server time for something else, from the next round on. */
  slow = false;
  #places: Places;
  #between: (() => Promise<void>)[] = [];
  #ended = false;
  #round: Promise<void> = Promise.resolve();

  constructor(settings: FleetSettings) {
    this.#settings = settings;
    this.#places = settings.places;
  }

  async start(): Promise<void> {
    for (let i = 0; i < PROCESSES; i++) this.#processes.push(await this.#startProcess(i));
  }

  /** Round after round. @throws Error if a process has ended that was not killed, or has met with anything unforeseen. */
  async work(): Promise<void> {
    while (!this.#ended) {
      for (const act of this.#between.splice(0)) await act();
      this.#round = this.#workOnce();
      await this.#round;
    }
  }

  /** Resolves when so many rounds that have not begun yet are over. */
  async nextRounds(count = 1): Promise<void> {
    for (let i = 0; i <= count && !this.#ended; i++) await this.#round;
  }

  async #workOnce(): Promise<void> {
    const number = this.rounds++;
    const { moves, ...round } = this.#settings.deck.next(PROCESSES, this.front());
    await Promise.all(
      this.#processes.map(async (process, i) => {
        const lists = number % LISTS_EVERY === 0 && (number / LISTS_EVERY) % PROCESSES === i;
        const { creates, removes, slow } = this;
        const given = this.moves ? (moves[i] ?? []) : [];
        const part = { ...round, moves: given, creates, removes, lists, slow };
        await process.ask('work', part).catch((error: unknown) => {
          if (!(error instanceof Ended && process.killed)) throw error;
        });
      }),
    );
    if (this.slow) await sleep(REST);
  }

  /** Kills one and starts another in its place, which works from the next round on. */
  async replace(i: number): Promise<void> {
    const at = i % PROCESSES;
    await this.#processes[at]?.kill();
    this.kills++;
    this.#processes[at] = await this.#startProcess(at);
  }

  /** Ends one process after the other, and starts another that works on other places. */
  async redeploy(places: Places): Promise<void> {
    this.#places = places;
    for (let at = 0; at < PROCESSES; at++) {
      await this.betweenRounds(async () => {
        await this.#processes[at]?.ask('end', undefined);
        await this.#processes[at]?.kill();
        this.#processes[at] = await this.#startProcess(at);
      });
      await this.nextRounds();
    }
  }

  /** Resolves when that is done, while nobody changes anything. */
  betweenRounds(act: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#between.push(() => act().then(resolve, reject));
    });
  }

  async #startProcess(i: number): Promise<Process> {
    const { module, directory, seed, files } = this.#settings;
    const name = `${i}-${this.histories.length}`;
    const history = join(directory, `history-${name}`);
    const process: Process = new Child(`the application’s process ${name}`, module);
    this.#all.push(process);
    const seeds = [seed, i, this.histories.length];
    this.histories.push({ process: name, path: history });
    await process.ask('open', { places: this.#places, history, name, seeds, files });
    return process;
  }

  /** When the round is over. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#round;
    await Promise.all(this.#processes.map((process) => process.ask('end', undefined)));
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#all.map((process) => process.kill()));
  }
}
