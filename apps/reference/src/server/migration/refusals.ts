import { MODES, type Mode } from '@org/storage-hybrid';
import { type FleetState, isReached, laggardOf, neighboursOf } from './fleet-state.js';
import type { ActionName, GateState, ProgressState, WorkState } from './state.js';

/** What decides whether something can be done now. */
export interface Situation {
  readonly fleet: FleetState;
  readonly work: WorkState | null;
  readonly paused: boolean;
  readonly progress: ProgressState;
  /** Whether a migration was begun, and has not come to its end. */
  readonly unfinished: boolean;
  readonly gate: GateState | null;
}

type Rule = (situation: Situation) => string | null;

const WORDS: Readonly<Record<WorkState['kind'], string>> = {
  migrate: 'files are being copied',
  verify: 'the copies are being verified',
  retire: 'files are being retired from the source',
  cutover: 'the cutover is under way',
  restore: 'files are being put back into the source',
  revert: 'copies are being taken back',
  sweep: 'tombstones are being removed',
  clean: 'leftovers are being removed',
};

const busy: Rule = ({ work }) =>
  work === null
    ? null
    : `${WORDS[work.kind]}${work.here ? '' : ', by another process'}: wait until that has ended`;

const settled: Rule = ({ fleet }) => {
  if (fleet.wanted !== 'hybrid')
    return `all processes have to be in the mode hybrid, and ${fleet.wanted} is wanted`;
  if (isReached(fleet)) return null;
  return laggardOf(fleet) ?? 'no process of the application is in the registry';
};

const begun: Rule = ({ progress }) => (progress.begun ? null : 'nothing has been copied yet');

const first =
  (...rules: readonly Rule[]): Rule =>
  (situation) => {
    for (const rule of rules) {
      const refused = rule(situation);
      if (refused !== null) return refused;
    }
    return null;
  };

const verified: Rule = ({ progress }) => {
  if (progress.unresolved > 0)
    return `${progress.unresolved} files are not in the target yet: copy them first`;
  if (progress.unverified > 0)
    return `${progress.unverified} copies were not found whole yet: verify them first`;
  return null;
};

const open: Rule = ({ gate }) => {
  if (gate === null) return 'look at the gate first';
  if (gate.open) return null;
  const shut = gate.conditions.find(({ holds }) => holds !== true);
  return `the gate is shut: ${shut?.evidence ?? 'its conditions are not known'}`;
};

const notCutOver: Rule = ({ fleet }) =>
  fleet.wanted === 'target' && isReached(fleet) ? 'all processes are in the mode target' : null;

const RULES: Readonly<Record<ActionName, Rule>> = {
  start: first(settled, busy),
  pause: (situation) => {
    const { paused, unfinished, work } = situation;
    if (paused) return 'it is paused already';
    if (unfinished || work?.kind === 'migrate') return null; // what waits for its first round, too
    return begun(situation) ?? 'nothing is being copied';
  },
  resume: ({ paused }) => (paused ? null : 'it is not paused'),
  retry: first(
    begun,
    settled,
    ({ progress }) => (progress.unresolved > 0 ? null : 'nothing has failed'),
    (situation) => (isWaitingHere(situation) ? null : busy(situation)),
  ),
  verify: first(begun, busy),
  gate: begun,
  retire: first(begun, settled, busy, verified),
  cutover: first(begun, notCutOver, busy, open),
};

/** Why an action can't be done now; `null`: it can. */
export function refusalOf(action: ActionName, situation: Situation): string | null {
  return RULES[action](situation);
}

/** A round of copying has failed, and is tried again by itself: there is no harm in trying at once. */
function isWaitingHere({ work }: Situation): boolean {
  return work?.kind === 'migrate' && work.here && work.phase === 'waiting';
}

/** Why a mode can't be set now; `null`: nothing is known to be in the way. */
export function refusalOfMode(mode: Mode, situation: Situation): string | null {
  const { fleet, work, paused } = situation;
  const { wanted } = fleet;
  if (mode === wanted) return null;
  if (!neighboursOf(wanted).includes(mode)) {
    const between = MODES[MODES.indexOf(wanted) + Math.sign(order(mode) - order(wanted))];
    return `${between} comes first: each mode is safe only beside its neighbours`;
  }
  if (mode === 'target') return 'the cutover does that, when the gate is open';
  if (order(mode) > order(wanted)) return isReached(fleet) ? null : missing(fleet);
  if (work === null) return null;
  if (work.kind === 'migrate' && work.here && paused) return null;
  return `${WORDS[work.kind]}: ${work.kind === 'migrate' ? 'pause that first, where it is at work' : 'wait until that has ended'}`;
}

function missing(fleet: FleetState): string {
  return laggardOf(fleet) ?? 'no process of the application is in the registry yet';
}

function order(mode: Mode): number {
  return MODES.indexOf(mode);
}
