import {
  type FleetRegistry,
  hasReached,
  type MemberRecord,
  MODES,
  type Mode,
  type Stage,
} from '@org/storage-hybrid';
import type { MemberState } from './state.js';

/** The fleet as its registry tells of it. */
export interface FleetState {
  readonly wanted: Mode;
  readonly members: readonly MemberRecord[];
}

/** @param initial The mode before one was set. */
export async function fleetState(registry: FleetRegistry, initial: Mode): Promise<FleetState> {
  const [wanted, entries] = await Promise.all([registry.wanted(), registry.list()]);
  return {
    wanted: wanted?.wanted.mode ?? initial,
    members: entries.map(({ member }) => member),
  };
}

function applicationsOf({ members }: FleetState): readonly MemberRecord[] {
  return members.filter(({ role }) => role === 'application');
}

/** Whether all processes of the application are in the wanted mode, with all that belongs to it. */
export function isReached(fleet: FleetState): boolean {
  const applications = applicationsOf(fleet);
  return (
    applications.length > 0 && applications.every((member) => hasReached(member, fleet.wanted))
  );
}

/** Modes beside this one. */
export function neighboursOf(mode: Mode): readonly Mode[] {
  const at = MODES.indexOf(mode);
  return MODES.filter((_, index) => Math.abs(index - at) === 1);
}

/** Who is not there yet, for a message; `undefined` if all are. */
export function laggardOf(fleet: FleetState): string | undefined {
  const late = applicationsOf(fleet).filter((member) => !hasReached(member, fleet.wanted));
  const [first] = late;
  if (first === undefined) return undefined;
  const why = first.report?.obstacle === undefined ? '' : ` (${first.report.obstacle})`;
  const more = late.length === 1 ? '' : `, and ${late.length - 1} more`;
  return `the process ${first.pid} on ${first.host} is still in ${first.stages.map(nameOfStage).join(' and ')}${why}${more}`;
}

/** A stage as people know it. */
function nameOfStage(stage: Stage): string {
  return stage === 'settled' ? 'hybrid' : stage === 'hybrid' ? 'hybrid (handing over)' : stage;
}

export function memberState(member: MemberRecord): MemberState {
  const { id, role, host, pid, stages, note, report } = member;
  return {
    ...{ id, role, host, pid, stages },
    note: note ?? null,
    obstacle: report?.obstacle ?? null,
    sourceRead: report?.sourceRead ?? null,
  };
}
