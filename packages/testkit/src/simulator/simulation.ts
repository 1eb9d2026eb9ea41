import { isStorageError } from '@org/storage-core';
import { type Choices, GO_ON, NEXT_STEP } from './choices.js';
import { type Crashes, CrashPlan } from './crash-plan.js';
import { detached, PendingSteps, type Step } from './pending-steps.js';
import { type Scheduler, SimulatedProcess, type StepOptions, type Task } from './process.js';
import { SimulationError } from './simulation-error.js';
import { type Lazy, Trace, UNTOLD } from './trace.js';

export interface SimulationOptions {
  /** Ends a simulation that never comes to an end. Default 10,000 steps. */
  readonly stepLimit?: number | undefined;
}

/**
 * Runs the tasks of several processes, one step at a time, in an order that {@link Choices} decide. All that a task does
 * between two steps is computing: the code under test must not wait for timers, files or sockets.
 */
export class Simulation {
  /** What was decided so far, where there was more than one alternative. */
  readonly choices: number[] = [];
  readonly #source: Choices;
  readonly #stepLimit: number;
  readonly #trace = new Trace();
  readonly #tasks: Task[] = [];
  readonly #crashPlans: CrashPlan[] = [];
  readonly #begun: { readonly task: Task; readonly callback: () => void }[] = [];
  readonly #pending = new PendingSteps();
  /** The task that made the last step: what is asked for until the next one is asked by it. */
  #current: Task | undefined;
  #running: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** The task whose start was the last step. */
  #started: Task | undefined;
  #inEffect = false;
  #settling = false;
  #steps = 0;
  #clock = 0;
  readonly #scheduler: Scheduler = {
    start: (process, label, run) => this.#start(process, label, run),
    request: (process, label, effect, outlives) => this.#request(process, label, effect, outlives),
    end: (process) => this.#pending.drop(process),
  };

  constructor(choices: Choices, options: SimulationOptions = {}) {
    this.#source = choices;
    this.#stepLimit = options.stepLimit ?? 10_000;
  }

  /** A new process. */
  process(name: string): SimulatedProcess {
    return new SimulatedProcess(this, name, this.#scheduler);
  }

  /** Lets a process crash at moments that the choices decide: before, between and after its steps. */
  crashes(crashes: Crashes): void {
    this.#crashPlans.push(new CrashPlan(crashes));
  }

  /** What happened so far, a line for each step: `A: upload k › target upload k "v2" → ok`. */
  get trace(): string[] {
    return this.#trace.lines();
  }

  /** Whether faults and crashes are off, within {@link settle}. */
  get settling(): boolean {
    return this.#settling;
  }

  /** The logical time: larger at each call. */
  tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  /** A decision. With one alternative there is nothing to decide. */
  choose(alternatives: number, what: string): number {
    if (alternatives < 2) return 0;
    try {
      const choice = this.#source.pick(alternatives, what);
      this.choices.push(choice);
      return choice;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Adds a line to the trace. */
  note(process: SimulatedProcess, text: Lazy): void {
    this.#trace.add(process.name, undefined, text, UNTOLD);
  }

  /** Ends the run with this error, wherever it was found: the code under test can't catch it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Calls back when the task of the process that runs now makes its next step; at once, where it waits for something else
   * first. To be called from a task that does one thing at a time.
   */
  atNextStep(process: SimulatedProcess, callback: () => void): void {
    const task = this.#current;
    if (task?.process === process) this.#begun.push({ task, callback });
    else callback();
  }

  /** A step that no task waits for, such as a request that arrives late: the simulation makes it some time before its end. */
  later(process: SimulatedProcess, label: Lazy, effect: () => unknown): void {
    this.#pending.add(detached(process, label, effect));
  }

  /**
   * Makes steps until none is pending.
   * @throws SimulationError for tasks that wait for something that never comes, or too many steps; and whatever error a
   * task rejected with.
   */
  run(): Promise<void> {
    if (this.#running !== undefined) throw new Error('the simulation is running already');
    return new Promise<void>((resolve, reject) => {
      this.#running = { resolve, reject };
      setImmediate(this.#turn);
    });
  }

  /**
   * Runs one more task, after a run, in a process of its own, without faults and crashes: to heal, to run again, to look.
   */
  async settle<T>(run: (process: SimulatedProcess) => Promise<T>): Promise<T> {
    const process = this.process('settle');
    const results: T[] = [];
    this.#settling = true;
    try {
      process.spawn('settle', async () => results.push(await run(process)));
      await this.run();
    } finally {
      this.#settling = false;
    }
    return results[0] as T; // the task has ended, or `run` has thrown
  }

  /** By now all promises that could settle have: `setImmediate` comes after microtasks and `process.nextTick`. */
  readonly #turn = (): void => {
    try {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#begun.length > 0) this.#begin();
      const first = this.#firstStep();
      const indivisible = first !== undefined && first.outlives === undefined;
      if (!indivisible && !this.#settling && this.#crash()) {
        setImmediate(this.#turn);
        return;
      }
      if (first !== undefined) this.#pending.remove(first);
      const step = first ?? this.#pick();
      if (step === undefined) this.#finish();
      else this.#make(step);
    } catch (error) {
      const running = this.#running;
      this.#running = undefined;
      running?.reject(error);
    }
  };

  #begin(): void {
    for (const { task, callback } of this.#begun.splice(0)) {
      if (this.#pending.indexOf(task) >= 0) task.onStep.push(callback);
      else callback();
    }
  }

  /**
   * The first step of a task that was just started comes with the start, where no other task of the process could come
   * between: that would make no difference to anyone, and many more schedules.
   */
  #firstStep(): Step | undefined {
    const task = this.#started;
    if (task === undefined) return undefined;
    this.#started = undefined;
    const { process } = task;
    const rivals = this.#tasks.some(
      (other) => other !== task && other.process === process && !other.ended,
    );
    return rivals ? undefined : this.#pending.onlyOf(task);
  }

  #pick(): Step | undefined {
    const { size } = this.#pending;
    if (size === 0) return undefined;
    return this.#pending.take(this.#settling ? 0 : this.#chooseStep(size));
  }

  /** Alternative 0 is the task that made the last step, where it can go on. */
  #chooseStep(size: number): number {
    const own = this.#current === undefined ? -1 : this.#pending.indexOf(this.#current);
    if (own < 0) return this.choose(size, NEXT_STEP);
    const choice = this.choose(size, GO_ON);
    if (choice === 0) return own;
    return choice <= own ? choice - 1 : choice;
  }

  #make(step: Step): void {
    if (this.#steps >= this.#stepLimit)
      throw new SimulationError(`no end after ${this.#steps} steps`, this.trace);
    this.#steps += 1;
    this.#current = step.task;
    if (step.task !== undefined && step.task.onStep.length > 0) {
      for (const callback of step.task.onStep.splice(0)) callback();
    }
    if (!step.detached) for (const plan of this.#crashPlans) plan.moved(step.process);
    let result: unknown;
    this.#inEffect = true;
    try {
      result = step.effect();
    } catch (error) {
      this.#refuse(step, error);
      return;
    }
    if (!(result instanceof Promise)) {
      this.#answer(step, result, step.resolve);
      return;
    }
    result.then(
      (value: unknown) => this.#answer(step, value, step.resolve),
      (error: unknown) => this.#refuse(step, error),
    );
  }

  #refuse(step: Step, error: unknown): void {
    if (step.detached && !isStorageError(error)) this.fail(error); // nobody else would be told
    this.#answer(step, error, step.reject);
  }

  #answer(step: Step, outcome: unknown, settle: (outcome: unknown) => void): void {
    this.#inEffect = false;
    this.#trace.add(step.process.name, step.task?.label, step.label, outcome);
    if (step.process.alive && !step.detached) settle(outcome);
    setImmediate(this.#turn);
  }

  #finish(): void {
    const waiting = this.#tasks.filter(({ ended, process }) => !ended && process.alive);
    if (waiting.length > 0) {
      const names = waiting.map(({ label, process }) => `${process.name}: ${label}`).join(', ');
      throw new SimulationError(`deadlock: nothing will wake ${names}`, this.trace);
    }
    this.#current = undefined;
    const running = this.#running;
    this.#running = undefined;
    running?.resolve();
  }

  #crash(): boolean {
    for (const plan of this.#crashPlans) {
      const { process } = plan;
      if (!plan.due(this.#pending.isBusy(process))) continue;
      if (this.choose(2, plan.what) === 0) continue;
      this.note(process, 'crashes');
      process.crash();
      plan.restart(() => this.process(plan.nextName()));
      return true;
    }
    return false;
  }

  #start(process: SimulatedProcess, label: string, run: () => Promise<unknown>): void {
    const task: Task = { process, label, ended: false, onStep: [] };
    this.#tasks.push(task);
    const begin = () => {
      this.#started = task;
      run().then(
        () => {
          task.ended = true;
        },
        (error: unknown) => {
          task.ended = true;
          if (process.alive) this.fail(error);
        },
      );
    };
    this.#pending.add({
      process,
      task,
      detached: false,
      label: 'starts',
      effect: () => UNTOLD,
      resolve: begin,
      reject: begin,
      outlives: undefined,
    });
  }

  #request<T>(
    process: SimulatedProcess,
    label: Lazy,
    effect: () => T | Promise<T>,
    outlives: StepOptions['outlives'],
  ): Promise<T> {
    if (this.#inEffect) return Promise.reject(new Error('an effect can’t make steps'));
    const task = this.#current?.process === process ? this.#current : undefined;
    return new Promise<T>((resolve, reject) => {
      this.#pending.add({
        process,
        task,
        detached: false,
        label,
        effect,
        resolve: resolve as (value: unknown) => void, // with what `effect` gives, a `T`
        reject,
        outlives,
      });
    });
  }
}
