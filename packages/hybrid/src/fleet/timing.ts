import { StorageError } from '@org/storage-core';
import { type FleetClock, systemClock } from './clock.js';
import { type Processes, systemProcesses } from './processes.js';

export interface FleetTiming {
  /** ms between two beats. Default 10,000. */
  readonly heartbeat?: number | undefined;
  /** ms without a beat after which others may take this process for gone. Default 900,000: 15 minutes. */
  readonly drain?: number | undefined;
  /**
   * A process that could not beat stops to write so many ms before it may be taken for gone. Longer than any upload, copy or
   * delete may take, since those that have begun go on. Default a third of `drain`.
   */
  readonly margin?: number | undefined;
  /** Default Node's. */
  readonly clock?: FleetClock | undefined;
  /** By which it knows that a process of its host has ended without leaving. Default Linux's. */
  readonly processes?: Processes | undefined;
}

/** {@link FleetTiming} with its defaults. */
export interface Timing {
  readonly heartbeat: number;
  readonly drain: number;
  readonly margin: number;
  readonly clock: FleetClock;
  readonly processes: Processes;
}

/** One or two beats may fail. */
export const PATIENCE = 3;

/** @throws StorageError `InvalidArgument`. */
export function timingOf(options: FleetTiming): Timing {
  const { heartbeat = 10_000, drain = 900_000, margin = drain / 3 } = options;
  const { clock = systemClock, processes = systemProcesses } = options;
  for (const [name, value] of Object.entries({ heartbeat, drain, margin })) {
    if (!Number.isFinite(value) || value <= 0)
      throw new StorageError(
        'InvalidArgument',
        `${name} is a number of milliseconds, not ${value}`,
      );
  }
  if (PATIENCE * heartbeat > drain - margin)
    throw new StorageError(
      'InvalidArgument',
      `heartbeat (${heartbeat} ms) is too long: ${PATIENCE} of them must fit into drain less margin (${drain - margin} ms)`,
    );
  return { heartbeat, drain, margin, clock, processes };
}

/** Resolves at the next beat, or when the signal fires. */
export function nextBeat(
  { clock, heartbeat }: Timing,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      timer.stop();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.every(heartbeat, end, true);
    signal?.addEventListener('abort', end);
  });
}

/** For messages. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
