import {
  awaitMode,
  type FleetTiming,
  requireStages,
  type WantedMode,
  wantMode,
} from '@org/storage-hybrid';
import { type GateOptions, type GateReport, gate } from './gate.js';

export interface CutoverOptions extends Omit<GateOptions, 'lease'>, FleetTiming {
  /** Looks at the gate, and does no more. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** ms that all processes together have to reach `target` once it is wanted. Default: any time. */
  readonly timeout?: number | undefined;
  /** Told what the first look at the gate found, and of a second that finds it shut. */
  readonly onGate?: ((report: GateReport) => void) | undefined;
  /** Told at every beat who is not in `target` yet. */
  readonly onWait?: ((behind: readonly string[]) => void) | undefined;
}

/**
 * `done` all processes are in `target` · `shut` the gate is, and nothing was changed · `open` it is, and a dry run changes nothing.
 */
export type CutoverReport =
  /** `gate` is missing where `target` was wanted already, so that there was nothing left to be decided. */
  | { readonly outcome: 'done'; readonly wanted: WantedMode; readonly gate?: GateReport }
  | { readonly outcome: 'shut' | 'open'; readonly gate: GateReport };

/**
 * Gives the source up: makes all processes of the fleet go to the mode `target`, if the gate is open, and waits for them. The gate is
 * looked at twice, the second time under the fleet’s lease: from then on until all are there nobody copies, retires or takes back, and no
 * process comes back that writes to the source. Run again after a crash, it goes on.
 * @throws StorageError `Conflict` if somebody came in the way between the two looks; `Timeout` with who is not there, while `target`
 * stays wanted; `Aborted`; what the registry or the journal fails with.
 */
export async function cutover(options: CutoverOptions): Promise<CutoverReport> {
  const { registry, dryRun = false, signal, onGate, onWait, timeout } = options;
  const { heartbeat, drain, margin, clock } = options;
  const decided = !dryRun && (await registry.wanted())?.wanted.mode === 'target';
  if (!decided) {
    const first = await gate(options);
    onGate?.(first);
    if (!first.open) return { outcome: 'shut', gate: first };
    if (dryRun) return { outcome: 'open', gate: first };
  }
  const lease = await requireStages({
    ...{ registry, heartbeat, drain, margin, clock, signal, note: 'cutover' },
    allowed: ['settled', 'target'],
  });
  try {
    const seen = decided ? undefined : await gate({ ...options, lease });
    if (seen?.open === false) {
      onGate?.(seen);
      return { outcome: 'shut', gate: seen };
    }
    const confirm = async () => lease.check();
    const wanted = await wantMode({ registry, mode: 'target', confirm });
    await awaitMode({ registry, mode: 'target', heartbeat, clock, timeout, onWait, signal });
    return { outcome: 'done', wanted, ...(seen === undefined ? {} : { gate: seen }) };
  } finally {
    await lease.release();
  }
}
