/** What a run did, or does. */
export type RunKind = 'migrate' | 'verify' | 'retire' | 'restore' | 'revert' | 'sweep' | 'clean';

export type RunOutcome = 'running' | 'complete' | 'incomplete' | 'interrupted' | 'stopped';

export interface Run {
  readonly id: string;
  readonly kind: RunKind;
  readonly started: Date;
  readonly ended?: Date;
  /** `running` after its end means that the process was killed. */
  readonly outcome: RunOutcome;
  /** None of a run that was killed, or is under way. */
  readonly counts?: RunCounts;
}

/** Files by what became of them in a run; of other outcomes there was none. */
export type RunCounts = Readonly<Record<string, number>>;

/** How far a run had come at one moment: counts since its start. */
export interface Sample {
  readonly at: Date;
  /** With an outcome, whichever it is. */
  readonly files: number;
  /** Of files that were copied, retired, restored, reverted or swept; that a verification has looked at. */
  readonly bytes: number;
  readonly failed: number;
  readonly retries: number;
}

/** What a run that is under way goes by, changeable from any process. What is not set is the run's own choice. */
export interface Control {
  /** No file is begun while it is set. */
  readonly paused: boolean;
  /** Files under way at once; `auto`: as many as the target bears. */
  readonly concurrency?: number | 'auto';
  /** Bytes a second. */
  readonly bandwidth?: number;
  /** Files begun a second. */
  readonly rate?: number;
}
