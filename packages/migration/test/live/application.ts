import { setTimeout as sleep } from 'node:timers/promises';
import { HybridStorageProvider, type Mode, type Stage } from '@org/storage-hybrid';
import { answerQuestions } from './answering.js';
import { Client } from './client.js';
import { Dice } from './dice.js';
import { HistoryFile } from './history-file.js';
import { stallNowAndThen } from './stalls.js';
import { openSource, openTarget, type Places } from './stores.js';

/** A step of a deploy. */
export interface Step {
  readonly mode: Mode;
  readonly handedOver: boolean;
}

interface ApplicationSettings extends Step {
  readonly places: Places;
  readonly history: string;
  /** Of no other process of this run. */
  readonly name: string;
  readonly seeds: readonly number[];
}

interface Round {
  readonly number: number;
  readonly keys: readonly string[];
  /** Of each key, by one client, at most. */
  readonly records: number;
  readonly prefixes: readonly string[];
  readonly creates: boolean;
  readonly apart: boolean;
}

/** Clients that work at once in one process. */
export const CLIENTS = 2;

class Application {
  readonly #settings: ApplicationSettings;
  readonly #history: HistoryFile;
  readonly #storage: HybridStorageProvider;
  #clients: readonly Client[] = [];
  #step: Step;

  constructor(settings: ApplicationSettings) {
    const { places, history, mode, handedOver } = settings;
    this.#settings = settings;
    this.#step = { mode, handedOver };
    this.#history = new HistoryFile(history);
    this.#storage = new HybridStorageProvider({
      source: openSource(places),
      target: openTarget(places),
      mode: () => this.#step.mode,
      handedOver: () => this.#step.handedOver,
    });
  }

  async work({ number, keys, records, prefixes, creates, apart }: Round): Promise<void> {
    const { name, seeds } = this.#settings;
    this.#clients = Array.from(
      { length: CLIENTS },
      (_, i) =>
        new Client({
          storage: this.#storage,
          history: this.#history,
          dice: new Dice(...seeds, number, i),
          name: `${name}.${number}.${i}`,
          creates,
          apart,
        }),
    );
    await Promise.all(this.#clients.map((client) => client.work(keys, records, prefixes)));
  }

  /** Resolves in the stage that belongs to the step, when no operation is under way that began in another one. */
  async step(step: Step): Promise<void> {
    this.#step = step;
    const stage: Stage = step.mode === 'hybrid' && step.handedOver ? 'settled' : step.mode;
    while (this.#storage.stage !== stage) {
      await this.#storage.exists('what makes it take the step').catch(() => {});
      await sleep(5);
    }
    await Promise.all(this.#clients.map((client) => client.settle()));
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}

let application: Application | undefined;

const handlers = {
  open(settings: ApplicationSettings): void {
    application = new Application(settings);
    stallNowAndThen(new Dice(...settings.seeds));
  },
  async work(round: Round): Promise<void> {
    await application?.work(round);
  },
  async step(step: Step): Promise<void> {
    await application?.step(step);
  },
  async close(_: undefined): Promise<void> {
    await application?.close();
  },
};

export type ApplicationHandlers = typeof handlers;

answerQuestions(handlers);
