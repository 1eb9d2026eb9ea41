import type { FleetClock } from './clock.js';
import type { Processes } from './processes.js';
import type { MemberRecord } from './record.js';
import type { FleetEntry, FleetRegistry, Version } from './registry.js';
import { seconds } from './timing.js';

/** Another member, as this process sees it. */
export interface Sighting {
  readonly member: MemberRecord;
  /** ms, by this process's clock, for which nothing new was heard of it. */
  readonly silent: number;
  /**
   * ms, by this process's clock, for which it is known that its process has ended without leaving, on this host; `undefined` if that
   * is not known.
   */
  readonly ended?: number | undefined;
  readonly version: Version;
}

interface Seen {
  readonly version: Version;
  readonly since: number;
  ended?: number;
}

/**
 * Who else is in the fleet. A member is gone when this process itself has seen the same version of its record for the
 * member's drain time, and has looked all the while: its own clock is the only one it goes by, and a time in which nobody
 * could reach the registry proves nothing. So is one whose process has ended on this host, as soon as the longest time is over that a
 * request of its may take: it writes nothing any more.
 */
export class Lookout {
  readonly #registry: FleetRegistry;
  readonly #clock: FleetClock;
  readonly #patience: number;
  readonly #processes: Processes;
  readonly #seen = new Map<string, Seen>();
  #last = Number.NEGATIVE_INFINITY;

  /** @param patience ms between two looks, beyond which the second begins anew. */
  constructor(
    registry: FleetRegistry,
    { clock, processes }: { readonly clock: FleetClock; readonly processes: Processes },
    patience: number,
  ) {
    this.#registry = registry;
    this.#clock = clock;
    this.#processes = processes;
    this.#patience = patience;
  }

  /** All members but the one of this id. Removes the records of those that are gone. */
  async look(own: string): Promise<readonly Sighting[]> {
    for (;;) {
      const asked = this.#clock.now();
      const entries = (await this.#registry.list()).filter(({ member }) => member.id !== own);
      const sightings = this.#compare(entries, asked, this.#clock.now());
      const gone = entries.filter((_, at) => isGone(sightings[at]));
      if (gone.length === 0) return sightings;
      // What is not that version any more has beaten, and is alive: the next look will tell.
      for (const { member, version } of gone) await this.#registry.remove(member.id, version);
    }
  }

  #compare(entries: readonly FleetEntry[], asked: number, now: number): readonly Sighting[] {
    if (asked - this.#last > this.#patience) this.#seen.clear();
    this.#last = now;
    const sightings = entries.map(({ member, version }) => {
      const before = this.#seen.get(member.id);
      const seen: Seen = before?.version === version ? before : { version, since: now };
      this.#seen.set(member.id, seen);
      const { pid, process } = member;
      if (this.#processes.state(pid, process) === 'ended') seen.ended ??= now;
      const { since, ended } = seen;
      return {
        ...{ member, version, silent: Math.max(0, asked - since) },
        ...(ended === undefined ? {} : { ended: Math.max(0, asked - ended) }),
      };
    });
    const present = new Set(entries.map(({ member }) => member.id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    return sightings;
  }
}

function isGone(sighting: Sighting | undefined): boolean {
  return sighting !== undefined && goneIn(sighting) <= 0;
}

/** ms until a member is gone, if nothing is heard of it. */
export function goneIn({ member, silent, ended }: Sighting): number {
  const { drain, margin = drain } = member;
  return Math.min(drain - silent, ended === undefined ? drain : margin - ended);
}

/** For messages: why one that is in the way may be gone soon; `undefined` if there is no sign of it. @param patience ms. */
export function lossOf(sighting: Sighting, patience: number): string | undefined {
  const { member, silent, ended } = sighting;
  if (ended !== undefined)
    return `its process has ended, and what it had sent is taken to be over in ${seconds(goneIn(sighting))}`;
  if (silent <= patience) return undefined;
  return `not heard of for ${seconds(silent)}, it is taken for gone after ${seconds(member.drain)}`;
}
