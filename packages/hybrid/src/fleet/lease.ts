import { isStorageError, StorageError, throwIfAborted } from '@org/storage-core';
import type { Stage } from '../mode.js';
import { FleetMember, type FleetMemberOptions } from './member.js';
import type { MemberRecord } from './record.js';
import { nextBeat, timingOf } from './timing.js';

export interface RequireStagesOptions
  extends Omit<FleetMemberOptions, 'role' | 'onLostTouch' | 'objection'> {
  /** Stages in which applications may be when the lease is given. */
  readonly allowed: readonly Stage[];
  /**
   * The stage that is held, so that no application enters one that is not compatible with it. Default `settled`: none comes back
   * that writes to the source.
   */
  readonly stage?: Stage | undefined;
  /**
   * Told at every beat who is in the way, or why the registry does not answer, while it waits. Without it, it does not wait.
   */
  readonly onWait?: ((inTheWay: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The right to work on the files of a fleet as its only migrator. */
export interface FleetLease {
  /** Of its holder’s record in the registry. */
  readonly id: string;
  /** Greater than that of every lease before. */
  readonly token: number;
  /** The stage that is held. */
  readonly stage: Stage;
  /**
   * To be called before anything becomes visible.
   * @throws StorageError `Conflict`, not retryable, if the fleet may have taken this process for gone.
   */
  check(): void;
  /** Does not fail: see {@link FleetMember.leave}. */
  release(): Promise<void>;
}

/**
 * Makes this process the fleet’s migrator, as soon as all applications are in the stages allowed and there is no other migrator.
 * @throws StorageError `Conflict` with who is in the way, unless it waits; `Aborted`; whatever the registry fails with.
 */
export async function requireStages(options: RequireStagesOptions): Promise<FleetLease> {
  const { allowed, stage = 'settled', onWait, signal, ...others } = options;
  const timing = timingOf(others);
  const objection = (other: MemberRecord) => objectionTo(other, allowed);
  const member = new FleetMember({ ...others, role: 'migrator', objection });
  try {
    for (;;) {
      throwIfAborted(signal);
      const inTheWay = await member.enter(stage).catch((error: unknown) => {
        if (onWait !== undefined && isStorageError(error) && error.retryable) return error.message;
        throw error;
      });
      if (inTheWay === undefined) break;
      if (onWait === undefined) throw new StorageError('Conflict', inTheWay);
      onWait(inTheWay);
      await nextBeat(timing, signal);
    }
    const token = await options.registry.nextToken();
    // Had it been taken for gone before it got the token, a later holder could have a smaller one.
    await member.renew();
    return {
      id: member.id,
      token,
      stage,
      check() {
        const lost = member.outOfTouch;
        if (lost !== undefined) throw new StorageError('Conflict', lost, { retryable: false });
      },
      release: () => member.leave(),
    };
  } catch (error) {
    await member.leave();
    throw error;
  }
}

function objectionTo(other: MemberRecord, allowed: readonly Stage[]): string | undefined {
  if (other.role === 'migrator') return 'is at work';
  const early = other.stages.find((stage) => !allowed.includes(stage));
  return early && `is in the stage "${early}"`;
}
