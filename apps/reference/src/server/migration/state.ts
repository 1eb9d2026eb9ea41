/** What the dashboard is told of a migration. Plain JSON: times are ISO 8601, sizes bytes, durations milliseconds unless said otherwise. */
export interface MigrationState {
  readonly at: string;
  readonly places: { readonly source: string; readonly target: string };
  readonly mode: ModeState;
  /** What is at work now, in whichever process; `null`: nothing. */
  readonly work: WorkState | null;
  /** What this process did last and could not bring to its end; `null` once something else has been begun. */
  readonly failed: {
    readonly kind: WorkKind;
    readonly at: string;
    readonly message: string;
  } | null;
  /** No file is begun until the migration is resumed. */
  readonly paused: boolean;
  readonly limits: LimitsState;
  readonly progress: ProgressState;
  readonly pace: PaceState;
  /** Why files are unresolved, the commonest causes first. */
  readonly failures: readonly FailureState[];
  readonly storage: StorageState;
  /** `null`: there is no spool. */
  readonly spool: SpoolState | null;
  readonly alerts: readonly AlertState[];
  readonly health: { readonly source: HealthState | null; readonly target: HealthState | null };
  /** As it was looked at last; `null`: not yet. */
  readonly gate: GateState | null;
  /** Newest first, at most twenty. */
  readonly runs: readonly RunState[];
  /** What can be done now: `null`, or why it can't. */
  readonly actions: Readonly<Record<ActionName, string | null>>;
}

export type ModeName = 'source' | 'prepare' | 'hybrid' | 'target';

export const MODE_NAMES: readonly ModeName[] = ['source', 'prepare', 'hybrid', 'target'];

/** Actions that take no argument. */
export type ActionName =
  | 'start'
  | 'pause'
  | 'resume'
  | 'retry'
  | 'verify'
  | 'gate'
  | 'retire'
  | 'cutover';

export interface Count {
  readonly files: number;
  readonly bytes: number;
}

interface ModeState {
  /** What all processes shall reach. */
  readonly wanted: ModeName;
  /** Where this process is; `null` before its first operation. `settled`: in `hybrid`, and nobody writes to the source any more. */
  readonly stage: ModeName | 'settled' | null;
  /** Whether all processes are there, with all that belongs to it. */
  readonly reached: boolean;
  readonly members: readonly MemberState[];
  /** The modes beside the wanted one: `null`, or why it can't be set now. */
  readonly steps: readonly { readonly mode: ModeName; readonly refused: string | null }[];
}

/** A process of the fleet, or somebody who holds its lease. */
export interface MemberState {
  readonly id: string;
  readonly role: 'application' | 'migrator';
  readonly host: string;
  readonly pid: number;
  readonly stages: readonly string[];
  /** What it does, or which release it is. */
  readonly note: string | null;
  /** Why it is not where it shall be. */
  readonly obstacle: string | null;
  /** Milliseconds since the source answered a read of its; `null`: it has not, or does not tell. */
  readonly sourceRead: number | null;
}

export type WorkKind =
  | 'migrate'
  | 'verify'
  | 'retire'
  | 'cutover'
  | 'restore'
  | 'revert'
  | 'sweep'
  | 'clean';

export interface WorkState {
  readonly kind: WorkKind;
  readonly since: string;
  /** Whether it is this process that works. */
  readonly here: boolean;
  readonly phase: 'waiting' | 'scanning' | 'working';
  /** What it waits for, or failed with and tries again; `null`: nothing. */
  readonly note: string | null;
  /** Of this run. */
  readonly total: Count;
  readonly done: Count;
}

export interface LimitsState {
  /** Files under way at once. */
  readonly concurrency: number | 'auto';
  /** Bytes a second; `null`: no limit. */
  readonly bandwidth: number | null;
}

export interface ProgressState {
  /** Whether a migration was ever begun. */
  readonly begun: boolean;
  readonly total: Count;
  /** For which nothing is left to be copied. */
  readonly done: Count;
  readonly states: Readonly<Record<string, Count>>;
  readonly unresolved: number;
  /** Copies that were found whole, and those that were not yet. */
  readonly verified: number;
  readonly unverified: number;
  /** Files that were taken out of the source. */
  readonly retired: number;
}

export interface RatePoint {
  readonly at: string;
  /** A second. */
  readonly files: number;
  /** Bytes a second. */
  readonly bytes: number;
}

export interface PaceState {
  /** A second, now. */
  readonly files: number;
  readonly bytes: number;
  /** Seconds until all is done at this rate; `null`: not known. */
  readonly secondsLeft: number | null;
  /** Of the last minute, in the order of time. */
  readonly points: readonly RatePoint[];
}

export interface FailureState extends Count {
  readonly code: string;
  readonly examples: readonly {
    readonly key: string;
    readonly state: string;
    readonly message: string;
  }[];
}

export interface StorageState {
  /** What the application's files take on each side; `null`: not known. */
  readonly source: Count | null;
  readonly target: Count | null;
  /** Of all files by their extension, those of the most files first. */
  readonly kinds: readonly (Count & { readonly name: string })[];
  readonly cost: CostState | null;
}

/** Estimates by a price list; taxes and discounts are not in them. */
export interface CostState {
  readonly currency: string;
  readonly prices: string;
  /** Each month, for all files, where they are now and in the target. `null`: no price is known. */
  readonly sourceMonth: number | null;
  readonly targetMonth: number;
  /** Once: requests to copy, verify and retire. */
  readonly copy: number;
  readonly verify: number;
}

export interface SpoolState {
  readonly entries: number;
  readonly bytes: number;
  readonly oldest: string | null;
}

export interface AlertState {
  readonly alert: string;
  readonly severity: 'warning' | 'critical';
  readonly summary: string;
  readonly labels: string;
  readonly since: string;
}

export interface HealthState {
  readonly healthy: boolean;
  /** Milliseconds that the check took. */
  readonly latency: number;
  readonly error: string | null;
  readonly at: string;
}

export interface GateState {
  readonly at: string;
  readonly open: boolean;
  readonly conditions: readonly ConditionState[];
}

export interface ConditionState {
  readonly id: string;
  readonly holds: boolean | 'unknown';
  readonly evidence: string;
  /** What to do about it; `null` where it holds. */
  readonly mend: string | null;
}

export interface RunState {
  readonly id: string;
  readonly kind: WorkKind;
  readonly started: string;
  readonly ended: string | null;
  /** `killed`: it has not ended, and nobody works on it. */
  readonly outcome: 'running' | 'complete' | 'incomplete' | 'interrupted' | 'stopped' | 'killed';
  readonly files: number;
  readonly bytes: number;
  readonly failed: number;
}
