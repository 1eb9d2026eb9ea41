import { type MigrationRunEvent, type MigrationStep, onStorageEvent } from '@org/storage-core';
import type { Recorder } from '../recorder.js';
import { codeOf } from './operations.js';
import { Tally } from './tally.js';

/** What may go wrong with a file, by kind of run: these counters begin at 0, so that their first increase is seen as one. */
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  migrate: ['failed', 'conflict', 'lost'],
  verify: ['missing', 'different', 'changed', 'failed'],
};

const WAITING = ['paused', 'window'] as const;

/** Steps that show that a run gets on. */
const PROGRESS: readonly MigrationStep['type'][] = [
  ...(['started', 'scanning', 'scanned', 'hashing', 'transfer'] as const),
  ...(['file', 'verified', 'outcome'] as const),
];

/** A run that is under way. */
class RunState {
  readonly kind: string;
  /** `undefined` before the inventory is complete. */
  #todo: { files: number; bytes: number } | undefined;
  /** Bytes of each file in flight that the target has taken. */
  readonly #sent = new Map<string, number>();
  #waiting: (typeof WAITING)[number] | undefined;
  #progressed: number;

  constructor(kind: string, now: number) {
    this.kind = kind;
    this.#progressed = now;
  }

  get waiting(): (typeof WAITING)[number] | undefined {
    return this.#waiting;
  }

  get pending(): { readonly files: number; readonly bytes: number } {
    return this.#todo ?? { files: 0, bytes: 0 };
  }

  /** Milliseconds. Other runs may look through a store for long, and find nothing to tell. */
  idle(now: number): number {
    const busy = this.kind === 'migrate' && (this.#todo?.files ?? 1) > 0;
    return busy && this.#waiting === undefined ? Math.max(0, now - this.#progressed) : 0;
  }

  /** @returns bytes that the target has taken since the step before. */
  take(step: MigrationStep, now: number): number {
    if (PROGRESS.includes(step.type)) this.#progressed = now;
    switch (step.type) {
      case 'scanned':
        this.#todo = { ...step.todo };
        return 0;
      case 'pace':
        this.#waiting = step.waiting;
        this.#progressed = now;
        return 0;
      case 'transfer':
        return this.#count(step.key, step.bytes);
      case 'retry':
        this.#sent.delete(step.key);
        return 0;
      case 'file':
        return this.#settle(step);
      default:
        return 0;
    }
  }

  #count(key: string, bytes: number): number {
    const before = this.#sent.get(key) ?? 0;
    this.#sent.set(key, bytes);
    return Math.max(0, bytes - before);
  }

  #settle({ key, size, state }: Extract<MigrationStep, { type: 'file' }>): number {
    const before = this.#sent.get(key) ?? 0;
    this.#sent.delete(key);
    if (this.#todo !== undefined) {
      this.#todo.files = Math.max(0, this.#todo.files - 1);
      this.#todo.bytes = Math.max(0, this.#todo.bytes - size);
    }
    return state === 'copied' ? Math.max(0, size - before) : 0;
  }
}

/** Counts what runs of migrations in this process do. `update` is for what changes by time alone. */
export function observeMigration(
  recorder: Recorder,
  now: () => number,
): { readonly update: () => void; readonly end: () => void } {
  const runs = new Map<string, RunState>();
  const running = new Tally((kind, count) => recorder.set('migrationRunning', { kind }, count));

  const begin = (run: string, kind: string): RunState => {
    const state = new RunState(kind, now());
    runs.set(run, state);
    running.change(kind, 1);
    for (const result of FAULTS[kind] ?? []) recorder.add('migrationFiles', { kind, result }, 0);
    recorder.add('migrationRuns', { kind, outcome: 'stopped' }, 0);
    if (kind === 'migrate') recorder.add('migrationBytes', {}, 0);
    return state;
  };
  const update = () => {
    const states = [...runs.values()];
    const sum = (of: (state: RunState) => number) =>
      states.reduce((total, state) => total + of(state), 0);
    recorder.set(
      'migrationPending',
      {},
      sum(({ pending }) => pending.files),
    );
    recorder.set(
      'migrationPendingSize',
      {},
      sum(({ pending }) => pending.bytes),
    );
    const idle = states.map((state) => state.idle(now()));
    recorder.set('migrationIdle', {}, Math.max(0, ...idle) / 1000);
    for (const reason of WAITING) {
      const waits = states.some(({ waiting }) => waiting === reason);
      recorder.set('migrationWaiting', { reason }, waits ? 1 : 0);
    }
  };
  const endRuns = onStorageEvent('org.storage.migration', ({ run, kind, step }) => {
    const state = runs.get(run) ?? begin(run, kind);
    const sent = state.take(step, now());
    if (sent > 0) recorder.add('migrationBytes', {}, sent);
    recordStep(recorder, kind, step);
    if (step.type !== 'ended') return;
    runs.delete(run);
    running.change(kind, -1);
  });
  const endRounds = observeSync(recorder);
  return {
    update,
    end() {
      endRuns();
      endRounds();
    },
  };
}

function recordStep(
  recorder: Recorder,
  kind: MigrationRunEvent['kind'],
  step: MigrationStep,
): void {
  const result = resultOf(step);
  if (result !== undefined) recorder.add('migrationFiles', { kind, result });
  if (step.type === 'retry') recorder.add('migrationRetries', { code: codeOf(step.error) });
  if (step.type === 'skipped') recorder.add('migrationSkipped', { reason: step.entry.reason });
  if (step.type === 'ended') recorder.add('migrationRuns', { kind, outcome: step.outcome });
}

/** What became of a file, if that is what the step tells. */
function resultOf(step: MigrationStep): string | undefined {
  if (step.type === 'file') return step.state;
  if (step.type === 'verified') return step.result;
  return step.type === 'outcome' ? step.outcome : undefined;
}

function observeSync(recorder: Recorder): () => void {
  return onStorageEvent('org.storage.sync', ({ error, failures }) => {
    recorder.add('syncRounds', { outcome: error === undefined ? 'success' : 'failure' });
    recorder.set('syncFailures', {}, failures);
  });
}
