import { eventChannel, type MigrationStep } from '@org/storage-core';
import type { RunKind, RunOutcome } from './journal/run.js';

const runs = eventChannel('org.storage.migration');

/** Tells the channel `org.storage.migration` of a run, from its start to its end, whatever that is. */
export class RunEvents implements Disposable {
  readonly #run: string;
  readonly #kind: RunKind;
  #outcome: RunOutcome = 'stopped';

  constructor(run: string, kind: RunKind) {
    this.#run = run;
    this.#kind = kind;
    this.tell({ type: 'started' });
  }

  tell(step: MigrationStep): void {
    if (runs.hasSubscribers) runs.publish({ run: this.#run, kind: this.#kind, step });
  }

  /** What the run has come to; without it, it was stopped. */
  comesTo(outcome: RunOutcome): void {
    this.#outcome = outcome;
  }

  [Symbol.dispose](): void {
    this.tell({ type: 'ended', outcome: this.#outcome });
  }
}
