import type { SpoolStatus } from '@org/storage-hybrid';
import type { Control, Journal } from '@org/storage-migration';
import { type limitsOf, UNLIMITED } from './copying.js';
import { type Counts, coursesOf, type RunCourse } from './counts.js';
import { isReached, memberState, neighboursOf } from './fleet-state.js';
import { type Meter, paceBySamples } from './meter.js';
import type { MigrationServiceOptions } from './options.js';
import { refusalOf, refusalOfMode, type Situation } from './refusals.js';
import type {
  ActionName,
  AlertState,
  Count,
  HealthState,
  LimitsState,
  MigrationState,
  PaceState,
  RunState,
  WorkKind,
} from './state.js';
import { type Inventory, storageState } from './storage-state.js';

const ACTIONS: readonly ActionName[] = [
  ...(['start', 'pause', 'resume', 'retry'] as const),
  ...(['verify', 'gate', 'retire', 'cutover'] as const),
];

/** All that was found out, before it is put into words for the dashboard. */
export interface Findings extends Situation {
  readonly options: MigrationServiceOptions;
  readonly journal: Journal | undefined;
  readonly control: Control | undefined;
  readonly limits: ReturnType<typeof limitsOf>;
  readonly counts: Counts;
  readonly inventory: Inventory | undefined;
  readonly usage: { readonly source: Count; readonly target: Count } | undefined;
  readonly spool: SpoolStatus | undefined;
  readonly health: { readonly source: HealthState | null; readonly target: HealthState | null };
  readonly meter: Meter;
  /** How the last thing that this process did failed. */
  readonly failed:
    | { readonly kind: WorkKind; readonly at: Date; readonly error: string }
    | undefined;
}

export async function stateOf(findings: Findings): Promise<MigrationState> {
  const { options, fleet, work, counts, journal, gate, health, spool, failed } = findings;
  const { source, target } = options.journal.endpoints;
  const courses = journal === undefined ? [] : await coursesOf(journal);
  return {
    at: new Date().toISOString(),
    places: { source, target },
    mode: {
      wanted: fleet.wanted,
      stage: options.stage?.() ?? null,
      reached: isReached(fleet),
      members: fleet.members.map(memberState),
      steps: neighboursOf(fleet.wanted).map((mode) => ({
        mode,
        refused: refusalOfMode(mode, findings),
      })),
    },
    work,
    failed:
      failed === undefined
        ? null
        : { kind: failed.kind, at: failed.at.toISOString(), message: failed.error },
    paused: findings.paused,
    limits: limitsState(findings),
    progress: counts.progress,
    pace: paceState(findings, courses),
    failures: counts.failures,
    storage: storageState({
      ...{ progress: counts.progress, usage: findings.usage, inventory: findings.inventory },
      sourcePrice: options.sourcePrice,
    }),
    spool:
      spool === undefined
        ? null
        : {
            entries: spool.entries,
            bytes: spool.bytes,
            oldest: spool.oldest?.toISOString() ?? null,
          },
    alerts: alertsOf(options),
    health,
    gate,
    runs: courses.map((course, index) => runState(course, index === 0 && work !== null)),
    actions: Object.fromEntries(
      ACTIONS.map((action) => [action, refusalOf(action, findings)]),
    ) as Record<ActionName, string | null>, // fromEntries knows of no keys
  };
}

function limitsState({ limits, control }: Findings): LimitsState {
  const { concurrency: begins } = limits;
  const bandwidth = control?.bandwidth ?? limits.bandwidth ?? UNLIMITED;
  return {
    concurrency: control?.concurrency ?? (typeof begins === 'object' ? 'auto' : begins),
    bandwidth: bandwidth >= UNLIMITED ? null : bandwidth,
  };
}

function paceState(
  { work, meter, counts, paused }: Findings,
  [newest]: readonly RunCourse[],
): PaceState {
  if (work !== null && !work.here && newest !== undefined) {
    const { total, done } = work;
    return paceBySamples(newest.run, newest.samples, {
      files: total.files - done.files,
      bytes: total.bytes - done.bytes,
    });
  }
  const { points } = meter;
  if (work === null) return { files: 0, bytes: 0, secondsLeft: null, points };
  const { fileRate, byteRate, secondsLeft } = meter.snapshot();
  if (paused) return { files: fileRate, bytes: byteRate, secondsLeft: null, points };
  const left = counts.progress.unresolved === 0 && work.kind === 'migrate' ? 0 : secondsLeft;
  return { files: fileRate, bytes: byteRate, secondsLeft: left ?? null, points };
}

function alertsOf({ alerts }: MigrationServiceOptions): AlertState[] {
  return (alerts?.firing ?? []).map(({ alert, severity, summary, labels, since }) => ({
    ...{ alert, severity, summary, since: since.toISOString() },
    labels: Object.values(labels).join(', '),
  }));
}

function runState({ run, samples }: RunCourse, atWork: boolean): RunState {
  const last = samples.at(-1);
  const { id, kind, started, ended, outcome } = run;
  return {
    ...{ id, kind, started: started.toISOString(), ended: ended?.toISOString() ?? null },
    outcome: outcome === 'running' && !atWork ? 'killed' : outcome,
    files: last?.files ?? 0,
    bytes: last?.bytes ?? 0,
    failed: last?.failed ?? 0,
  };
}
