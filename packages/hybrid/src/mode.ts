/**
 * Where a process reads and writes, step by step from the source to the target. Each step is a rolling deploy, or a flag that is
 * switched: processes in neighbouring modes work side by side, others must not.
 *
 * | mode | reads | writes and deletes |
 * | --- | --- | --- |
 * | `source` | source | source |
 * | `prepare` | target, else source | target where the target has the key already, else source |
 * | `hybrid` | target, else source | target; the source’s copy is dropped |
 * | `target` | target | target |
 */
export type Mode = 'source' | 'prepare' | 'hybrid' | 'target';

/**
 * A mode as the fleet counts it. `hybrid` has two: it is `settled` as soon as no process is left that writes to the source, and
 * only then may anything be copied to the target, or a file be replaced on the condition of what the source holds.
 */
export type Stage = 'source' | 'prepare' | 'hybrid' | 'settled' | 'target';

const STAGES: readonly Stage[] = ['source', 'prepare', 'hybrid', 'settled', 'target'];

export function isStage(value: unknown): value is Stage {
  return STAGES.some((stage) => stage === value);
}

/** All modes, in their order. */
export const MODES: readonly Mode[] = ['source', 'prepare', 'hybrid', 'target'];

/** How many steps it is from one stage to the other; negative for a step back. */
export function distance(from: Stage, to: Stage): number {
  return STAGES.indexOf(to) - STAGES.indexOf(from);
}

/** Whether two processes may be in these stages at the same time. */
export function compatible(a: Stage, b: Stage): boolean {
  return Math.abs(distance(a, b)) <= 1;
}

/** The next stage on the way. */
export function stepTowards(from: Stage, to: Stage): Stage {
  const next = STAGES[STAGES.indexOf(from) + Math.sign(distance(from, to))];
  return next ?? from;
}

export const modeOf = (stage: Stage): Mode => (stage === 'settled' ? 'hybrid' : stage);
