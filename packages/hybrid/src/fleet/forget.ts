import { StorageError, throwIfAborted } from '@org/storage-core';
import { goneIn, Lookout } from './lookout.js';
import { nameOf } from './record.js';
import { nextBeat, PATIENCE, timingOf } from './timing.js';
import type { WatchFleetOptions } from './watch-fleet.js';

export interface ForgetMemberOptions extends WatchFleetOptions {
  /** The member’s id. */
  readonly id: string;
  /**
   * Forgets it as soon as its process is known to have ended, or has not been heard of for three of its beats, whatever its drain time
   * is: the caller vouches that it does not work any more, and that what it had sent is over. A process that is forgotten while it works may
   * go on writing until its next beat tells it. Default `false`.
   */
  readonly force?: boolean | undefined;
  /** Told at every beat how many ms are left. */
  readonly onWait?: ((left: number) => void) | undefined;
}

/**
 * Waits until a member is gone that has not left, and removes it. A process that is alive, or suspended, is not forgotten.
 * @throws StorageError `NotFound` if nobody has that id, `Conflict` if the process is alive, `Aborted`; whatever the registry fails
 * with.
 */
export async function forgetMember(options: ForgetMemberOptions): Promise<void> {
  const { registry, id, force = false, onWait, signal } = options;
  const timing = timingOf(options);
  const lookout = new Lookout(registry, timing, PATIENCE * timing.heartbeat);
  for (let beat: number | undefined; ; ) {
    throwIfAborted(signal);
    const found = (await lookout.look('')).find(({ member }) => member.id === id);
    if (found === undefined) {
      if (beat !== undefined) return;
      throw new StorageError('NotFound', `nobody in the fleet has the id ${JSON.stringify(id)}`);
    }
    const { member, version, silent, ended } = found;
    const name = nameOf(member);
    if (timing.processes.state(member.pid, member.process) === 'running')
      throw alive(`${name} is alive, or suspended, on this host: end it, and it leaves`);
    beat ??= member.beat;
    if (member.beat !== beat) throw alive(`${name} is alive: it has just beaten`);
    const patience = member.heartbeat === undefined ? member.drain : PATIENCE * member.heartbeat;
    if (force && (ended !== undefined || silent >= patience)) {
      if (await registry.remove(id, version)) return;
      continue; // it has beaten, or was removed: the next look tells
    }
    const left = goneIn(found);
    onWait?.(force ? Math.min(left, patience - silent) : left);
    await nextBeat(timing, signal);
  }
}

function alive(why: string): StorageError {
  return new StorageError('Conflict', why, { retryable: false });
}
