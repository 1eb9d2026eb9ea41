import {
  type Choices,
  decodeChoices,
  ExhaustiveChoices,
  encodeChoices,
  RandomChoices,
  ReplayedChoices,
} from './choices.js';
import { Simulation } from './simulation.js';
import { SimulationError } from './simulation-error.js';

/** What is to hold after a run: throws, or rejects, if it does not. */
export type Check = () => unknown;

/** Builds stores and tasks, and gives back the check. Called once for each schedule; all that it decides, the simulation must. */
// biome-ignore lint/suspicious/noConfusingVoidType: a scenario without a check just ends
export type Scenario = (simulation: Simulation) => Check | void;

export interface ExploreOptions {
  readonly scenario: Scenario;
  /** Every schedule there is, or one for each seed, both ends included. */
  readonly schedules: 'all' | { readonly seeds: readonly [from: number, to: number] };
  /** Schedules at most. Default: no limit. */
  readonly limit?: number | undefined;
  /** See `SimulationOptions`. */
  readonly stepLimit?: number | undefined;
}

export interface Violation {
  readonly seed?: number;
  readonly choices: readonly number[];
  readonly trace: readonly string[];
  /** Its message tells how to replay it, and what happened; its cause is the error of the check, or of a task. */
  readonly error: Error;
}

export interface Exploration {
  /** How many were run. */
  readonly schedules: number;
  /** Whether these were all that were asked for. */
  readonly complete: boolean;
  /** The first one; none was run after it. */
  readonly violation?: Violation;
}

/** Runs a scenario in many schedules, until one violates what is to hold. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { scenario, schedules, limit = Number.POSITIVE_INFINITY, stepLimit } = options;
  let count = 0;
  if (schedules === 'all') {
    const choices = new ExhaustiveChoices();
    do {
      if (count >= limit) return { schedules: count, complete: false };
      count += 1;
      const violation = await attempt(scenario, choices, { stepLimit });
      if (violation !== undefined) return { schedules: count, complete: false, violation };
    } while (choices.next());
    return { schedules: count, complete: true };
  }
  const [first, last] = schedules.seeds;
  for (let seed = first; seed <= last; seed++) {
    if (count >= limit) return { schedules: count, complete: false };
    count += 1;
    const violation = await attempt(scenario, new RandomChoices(seed), { stepLimit, seed });
    if (violation !== undefined) return { schedules: count, complete: false, violation };
  }
  return { schedules: count, complete: true };
}

export interface Replay {
  readonly trace: readonly string[];
  readonly violation?: Violation;
}

/**
 * Runs one schedule again.
 * @param which a seed, or the choices of a violation, as a list or as its message has them.
 * @throws Error if the choices do not fit: the code or the scenario has changed.
 */
export async function replay(
  scenario: Scenario,
  which: number | string | readonly number[],
): Promise<Replay> {
  let trace: readonly string[] = [];
  const traced: Scenario = (simulation) => {
    const check = scenario(simulation);
    return async () => {
      await check?.();
      trace = simulation.trace;
    };
  };
  if (typeof which === 'number') {
    const violation = await attempt(traced, new RandomChoices(which), { seed: which });
    return violation === undefined ? { trace } : { trace: violation.trace, violation };
  }
  const choices = new ReplayedChoices(typeof which === 'string' ? decodeChoices(which) : which);
  const violation = await attempt(traced, choices, {});
  choices.end();
  return violation === undefined ? { trace } : { trace: violation.trace, violation };
}

async function attempt(
  scenario: Scenario,
  choices: Choices,
  { seed, stepLimit }: { readonly seed?: number; readonly stepLimit?: number | undefined },
): Promise<Violation | undefined> {
  const simulation = new Simulation(choices, { stepLimit });
  try {
    const check = scenario(simulation);
    await simulation.run();
    await check?.();
    return undefined;
  } catch (cause) {
    return violationOf(simulation, cause, seed);
  }
}

function violationOf(simulation: Simulation, cause: unknown, seed: number | undefined): Violation {
  const { choices, trace } = simulation;
  const lines = [
    summaryOf(cause),
    `replay${seed === undefined ? '' : ` seed ${seed}, or`} '${encodeChoices(choices)}':`,
    ...trace.map((line) => `  ${line}`),
  ];
  const error = new Error(lines.join('\n'), { cause });
  return { ...(seed === undefined ? {} : { seed }), choices, trace, error };
}

function summaryOf(cause: unknown): string {
  if (cause instanceof SimulationError) return cause.summary;
  if (cause instanceof Error && cause.name === 'Error') return cause.message;
  return String(cause);
}
