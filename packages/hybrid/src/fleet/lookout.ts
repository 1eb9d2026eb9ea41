import type { FleetClock } from './clock.js';
import type { MemberRecord } from './record.js';
import type { FleetEntry, FleetRegistry, Version } from './registry.js';

/** Another member, as this process sees it. */
export interface Sighting {
  readonly member: MemberRecord;
  /** ms, by this process's clock, for which nothing new was heard of it. */
  readonly silent: number;
}

/**
 * Who else is in the fleet. A member is gone when this process itself has seen the same version of its record for the
 * member's drain time, and has looked all the while: its own clock is the only one it goes by, and a time in which nobody
 * could reach the registry proves nothing.
 */
export class Lookout {
  readonly #registry: FleetRegistry;
  readonly #clock: FleetClock;
  readonly #patience: number;
  readonly #seen = new Map<string, { readonly version: Version; readonly since: number }>();
  #last = Number.NEGATIVE_INFINITY;

  /** @param patience ms between two looks, beyond which the second begins anew. */
  constructor(registry: FleetRegistry, clock: FleetClock, patience: number) {
    this.#registry = registry;
    this.#clock = clock;
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
      const seen = this.#seen.get(member.id);
      if (seen?.version === version) return { member, silent: Math.max(0, asked - seen.since) };
      this.#seen.set(member.id, { version, since: now });
      return { member, silent: 0 };
    });
    const present = new Set(entries.map(({ member }) => member.id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    return sightings;
  }
}

function isGone(sighting: Sighting | undefined): boolean {
  return sighting !== undefined && sighting.silent >= sighting.member.drain;
}
