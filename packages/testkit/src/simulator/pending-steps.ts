import type { SimulatedProcess, StepOptions, Task } from './process.js';
import { type Lazy, textOf } from './trace.js';

/** A step that waits to be picked. */
export interface Step {
  readonly process: SimulatedProcess;
  /** Which made it; none, if that is not known. */
  readonly task: Task | undefined;
  /** Whether no task waits for it. */
  readonly detached: boolean;
  readonly label: Lazy;
  readonly effect: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly outlives: StepOptions['outlives'];
}

/** The steps that could be the next one, in the order in which they were asked for. */
export class PendingSteps {
  #steps: Step[] = [];

  get size(): number {
    return this.#steps.length;
  }

  add(step: Step): void {
    this.#steps.push(step);
  }

  /** The index of the first step of a task, or -1. */
  indexOf(task: Task): number {
    return this.#steps.findIndex((step) => step.task === task);
  }

  take(index: number): Step | undefined {
    return this.#steps.splice(index, 1)[0];
  }

  remove(step: Step): void {
    this.#steps.splice(this.#steps.indexOf(step), 1);
  }

  /** The step that a task waits for, if it is exactly one. */
  onlyOf(task: Task): Step | undefined {
    const own = this.#steps.filter((step) => step.task === task);
    return own.length === 1 ? own[0] : undefined;
  }

  isBusy(process: SimulatedProcess): boolean {
    return this.#steps.some((step) => step.process === process && !step.detached);
  }

  /** The process has crashed: what was under way goes on alone, the rest is gone. */
  drop(process: SimulatedProcess): void {
    this.#steps = this.#steps.flatMap((step) => {
      if (step.process !== process || step.detached) return [step];
      const effect = step.outlives?.();
      if (effect === undefined) return [];
      for (const callback of step.task?.onStep.splice(0) ?? []) callback(); // the request was sent
      return [detached(process, step.label, effect)];
    });
  }
}

/** A step that no task waits for. */
export function detached(process: SimulatedProcess, label: Lazy, effect: () => unknown): Step {
  const ignore = () => {};
  return {
    process,
    task: undefined,
    detached: true,
    label: () => `late: ${textOf(label)}`,
    effect,
    resolve: ignore,
    reject: ignore,
    outlives: undefined,
  };
}
