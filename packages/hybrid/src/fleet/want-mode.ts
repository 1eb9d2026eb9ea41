import { hostname } from 'node:os';
import { StorageError } from '@org/storage-core';
import { MODES, type Mode, modeOf, type Stage } from '../mode.js';
import { type MemberRecord, nameOf } from './record.js';
import type { FleetRegistry } from './registry.js';
import type { WantedMode } from './wanted.js';

export interface WantModeOptions {
  readonly registry: FleetRegistry;
  readonly mode: Mode;
  /**
   * Sets the mode whatever the fleet is in. The processes still go step by step and wait for each other. But in `target` too
   * early, files that were not copied are not found; in `source`, those that only the target has are not, and what is written
   * there is hidden behind the target’s files as soon as that is looked into again. Default `false`.
   */
  readonly force?: boolean | undefined;
  /** Awaited when nothing is in the way, before the mode is set: rejects if it may not be, for other reasons. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/**
 * Sets the mode that all processes of a fleet shall reach, if it is next to the one that was wanted, and each process is in it or
 * next to it. Where it is wanted already, nothing is changed.
 * @throws StorageError `Conflict` with who or what is in the way; whatever the registry fails with.
 */
export async function wantMode(options: WantModeOptions): Promise<WantedMode> {
  const { registry, mode, force = false, confirm } = options;
  const before = await registry.wanted();
  if (before?.wanted.mode === mode) return before.wanted;
  if (!force) {
    const members = (await registry.list()).map(({ member }) => member);
    const [first, ...others] = obstaclesTo(mode, before?.wanted.mode, members);
    if (first !== undefined) {
      const more = others.length === 0 ? '' : `; and ${others.length} more`;
      throw new StorageError('Conflict', `the mode "${mode}" can’t be wanted: ${first}${more}`);
    }
  }
  await confirm?.();
  const number = (before?.wanted.number ?? 0) + 1;
  const wanted = { mode, number, host: hostname(), at: new Date().toISOString() };
  if ((await registry.want(wanted, before?.version)) === undefined)
    throw new StorageError('Conflict', 'somebody else has set the mode just now: look again');
  return wanted;
}

/** Why the next mode can’t be this one. Who is behind on the way there is; who is ahead on the way back is not. */
function obstaclesTo(
  mode: Mode,
  present: Mode | undefined,
  members: readonly MemberRecord[],
): string[] {
  if (present !== undefined && steps(present, mode) > 1)
    return [`"${present}" is wanted now, and "${between(present, mode)}" comes first`];
  return members.flatMap((member) => {
    const early = member.stages.find((stage) => isTooFar(stage, mode));
    return early === undefined ? [] : [`${nameOf(member)} is in the stage "${early}"`];
  });
}

/** Before `target`, the hand-over has to be complete. */
function isTooFar(stage: Stage, mode: Mode): boolean {
  return steps(modeOf(stage), mode) > 1 || (stage === 'hybrid' && mode === 'target');
}

function steps(from: Mode, to: Mode): number {
  return Math.abs(MODES.indexOf(from) - MODES.indexOf(to));
}

/** The mode next to `from` on the way to `to`. */
function between(from: Mode, to: Mode): Mode {
  const at = MODES.indexOf(from);
  return MODES[at + Math.sign(MODES.indexOf(to) - at)] ?? to;
}

/** Whether a process has reached a mode, with all that belongs to it. */
export function hasReached({ stages }: MemberRecord, mode: Mode): boolean {
  const goal: Stage = mode === 'hybrid' ? 'settled' : mode;
  return stages.every((stage) => stage === goal);
}
