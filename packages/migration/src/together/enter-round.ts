import { type StorageProvider, throwIfAborted } from '@org/storage-core';
import { takeInventory } from '../backfill/inventory.js';
import type { Selection, Selects } from '../backfill/selection.js';
import { unfinishedUploads } from '../backfill/unfinished-uploads.js';
import type { Clock } from '../clock.js';
import type { EventListener } from '../event.js';
import type { SharedJournal } from '../journal/shared-journal.js';
import { wait } from '../wait.js';
import { Participants } from './participants.js';
import { POLL } from './range-files.js';
import { RangeQueue } from './range-queue.js';
import { type Round, Rounds } from './rounds.js';
import { encodeTerms, requireSameTerms } from './terms.js';

interface EnterOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  readonly journal: SharedJournal;
  readonly live: boolean;
  readonly select?: Selection;
  readonly selected: Selects | undefined;
  readonly expiry: number;
  readonly claimFiles: number;
  readonly stop?: AbortSignal;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly onEvent: EventListener;
}

interface Entered {
  readonly round: Round;
  readonly rounds: Rounds;
  readonly queue: RangeQueue;
  readonly participants: Participants;
  /** This participant's number. */
  readonly own: number;
}

/**
 * Makes this process a participant of the present round, or begins one where nobody is in any. Who enters leads, one after the other: so
 * the others wait while one takes the inventory, and if that one dies, the next does it anew.
 * @returns `undefined` if `stop` fired before.
 * @throws StorageError `Conflict` if the others go by other terms.
 */
export async function enterRound(options: EnterOptions): Promise<Entered | undefined> {
  const { journal, stop, signal, onEvent } = options;
  const participants = new Participants(journal);
  const ended = AbortSignal.any([stop, signal].filter((given) => given !== undefined));
  for (let waiting = false; !ended.aborted; waiting = true) {
    const led = await participants.lead(async () => {
      const queue = await RangeQueue.open(journal);
      const rounds = new Rounds(journal, queue);
      const present = await presentRound(rounds, participants);
      const terms = encodeTerms(options);
      if (present !== undefined) requireSameTerms(terms, present.terms);
      const own = await participants.join();
      try {
        const round = present ?? (await beginRound(rounds, terms, options));
        if (present !== undefined)
          onEvent({ type: 'scanned', seen: present.todo, todo: present.todo });
        if (round !== undefined) return { round, rounds, queue, participants, own };
      } catch (error) {
        await participants.leave(own).catch(() => {}); // it has ended with the connection
        throw error;
      }
      await participants.leave(own);
      return undefined;
    });
    if (led !== undefined) return led.result;
    if (!waiting) onEvent({ type: 'waiting', reason: 'others-scan' });
    await wait(POLL, ended);
  }
  throwIfAborted(signal);
  return undefined;
}

/** The round that others are in. What nobody is in any more was left behind. */
async function presentRound(rounds: Rounds, participants: Participants) {
  const last = await rounds.last();
  return last?.stage === 'copying' && (await participants.any()) ? last : undefined;
}

async function beginRound(
  rounds: Rounds,
  terms: string,
  options: EnterOptions,
): Promise<Round | undefined> {
  const { target, journal, selected, expiry, claimFiles, stop, signal, clock, onEvent } = options;
  const number = await rounds.begin(terms);
  const endBeat = clock.every(expiry / 4, () => void journal.control().catch(() => {})); // the next write tells
  await endIdleSession(journal, expiry);
  try {
    // Nobody else copies, so that all of them are left from earlier rounds.
    await unfinishedUploads({ target, journal, signal, onEvent });
    const inventory = await takeInventory(options);
    if (inventory === undefined) return undefined;
    const round = { number, ...inventory };
    await rounds.open(round, { selected, claimFiles, stop });
    return stop?.aborted ? undefined : round;
  } finally {
    endBeat();
    await endIdleSession(journal, 0).catch(() => {}); // it has ended
  }
}

/** The server ends the connection, and with it the lead, if nothing is heard of it for so many milliseconds; 0: never. */
async function endIdleSession(journal: SharedJournal, milliseconds: number): Promise<void> {
  await journal.onConnection((connection) =>
    connection.query("SELECT set_config('idle_session_timeout', $1, false)", [
      String(milliseconds),
    ]),
  );
}
