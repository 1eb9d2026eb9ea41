import { isStorageError, StorageError, throwIfAborted } from '@org/storage-core';
import type { Stage } from '../mode.js';
import type { Sighting } from './lookout.js';
import { FleetMember } from './member.js';
import type { FleetMemberOptions } from './member-options.js';
import type { MemberRecord } from './record.js';
import { nextBeat, seconds, timingOf } from './timing.js';

export interface RequireStagesOptions
  extends Omit<
    FleetMemberOptions,
    'role' | 'scope' | 'group' | 'task' | 'onLostTouch' | 'objection'
  > {
  /** Stages in which applications may be when the lease is given. */
  readonly allowed: readonly Stage[];
  /**
   * The stage that is held, so that no application enters one that is not compatible with it. Default `settled`: none comes back
   * that writes to the source.
   */
  readonly stage?: Stage | undefined;
  /**
   * The part of the source that the migrator works on, such as the name of a disk that only its host sees. Migrators of different
   * scopes may work at the same time; one without works on everything, alone. Default: none.
   */
  readonly scope?: string | undefined;
  /**
   * Migrators of the same group divide the work among themselves, and may do it at the same time: for those that share a journal, its
   * `group`. Default: none.
   */
  readonly group?: string | undefined;
  /**
   * What is done, in a word. Where another migrator with the same task has died on this host, what it had sent may still be carried
   * out: to say that this can’t harm the same work done again, which then begins at once. All others wait until that is over.
   * Default: it can.
   */
  readonly task?: string | undefined;
  /**
   * Milliseconds for which it then waits with the stage held, so that every request has ended that was sent before. Needed where the
   * source is a bucket: it may carry out a write whose sender has given up, and what is written to the source after the copying has
   * begun is seen, and then hidden by a copy. Default 0: right for a directory.
   */
  readonly outlast?: number | undefined;
  /**
   * Told at every beat who is in the way, or why the registry does not answer, while it waits. Without it, it does not wait for
   * others.
   */
  readonly onWait?: ((inTheWay: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The right to work on the files of a fleet, or on those of a scope, as its only migrator or as one of a group. */
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
 * Makes this process the fleet’s migrator, as soon as all applications are in the stages allowed and no other migrator is in the way.
 * @throws StorageError `Conflict` with who is in the way, unless it waits; `Aborted`; whatever the registry fails with.
 */
export async function requireStages(options: RequireStagesOptions): Promise<FleetLease> {
  const { allowed, stage = 'settled', outlast = 0, onWait, signal, ...others } = options;
  const { scope, group, task } = others;
  const timing = timingOf(others);
  if (!(outlast >= 0))
    throw new StorageError('InvalidArgument', `outlast is a number of ms, not ${outlast}`);
  const objection = (other: Sighting) => objectionTo(other, allowed, { scope, group, task });
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
    for (const end = timing.clock.now() + outlast; timing.clock.now() < end; ) {
      throwIfAborted(signal);
      onWait?.(
        `requests that were sent before may be under way for ${seconds(end - timing.clock.now())}`,
      );
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

function objectionTo(
  { member: other, ended }: Sighting,
  allowed: readonly Stage[],
  { scope, group, task }: Pick<MemberRecord, 'scope' | 'group' | 'task'>,
): string | undefined {
  if (other.role === 'migrator') {
    const apart = scope !== undefined && other.scope !== undefined && scope !== other.scope;
    const together = group !== undefined && group === other.group;
    const again = ended !== undefined && task !== undefined && task === other.task;
    return apart || together || again ? undefined : 'is at work';
  }
  const early = other.stages.find((stage) => !allowed.includes(stage));
  return early && `is in the stage "${early}"`;
}
