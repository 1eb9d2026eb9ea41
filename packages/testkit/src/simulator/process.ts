import type { Simulation } from './simulation.js';
import type { Lazy } from './trace.js';

/** A task of a process, from its start to its end. */
export interface Task {
  readonly process: SimulatedProcess;
  readonly label: string;
  ended: boolean;
  /** Told when the task makes its next step. */
  readonly onStep: (() => void)[];
}

export interface StepOptions {
  /**
   * Asked when the process crashes before the step was made: what happens some time later all the same, as with a request
   * that was sent. Default: nothing.
   */
  readonly outlives?: () => (() => unknown) | undefined;
}

/** What a process asks of the simulation that it is part of. */
export interface Scheduler {
  start(process: SimulatedProcess, label: string, run: () => Promise<unknown>): void;
  request<T>(
    process: SimulatedProcess,
    label: Lazy,
    effect: () => T | Promise<T>,
    outlives: StepOptions['outlives'],
  ): Promise<T>;
  end(process: SimulatedProcess): void;
}

/** One operating system process, with tasks that run side by side. Made by {@link Simulation.process}. */
export class SimulatedProcess {
  readonly simulation: Simulation;
  readonly name: string;
  readonly #scheduler: Scheduler;
  #alive = true;

  constructor(simulation: Simulation, name: string, scheduler: Scheduler) {
    this.simulation = simulation;
    this.name = name;
    this.#scheduler = scheduler;
  }

  /** `false` after a crash. */
  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Starts a task. Its beginning is a scheduling point; in a process without other tasks, its first step is made at the
   * same moment. A task that rejects ends the simulation with its error: what clients
   * may expect to fail is to be caught.
   */
  spawn(label: string, run: () => Promise<unknown>): void {
    if (this.#alive) this.#scheduler.start(this, label, run);
  }

  /**
   * A scheduling point: settles with what `effect` gives, once the simulation has picked this step. The effect is atomic:
   * nothing else goes on until it has settled. It can't make steps itself. In a process that has crashed, no step is ever
   * made, and the promise stays pending.
   */
  step<T>(label: Lazy, effect: () => T | Promise<T>, options?: StepOptions): Promise<T> {
    if (!this.#alive) return new Promise(() => {});
    return this.#scheduler.request(this, label, effect, options?.outlives);
  }

  /** Ends the process as it is: nothing in it goes on. Idempotent. */
  crash(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#scheduler.end(this);
  }
}
