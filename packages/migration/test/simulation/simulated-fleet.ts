import {
  type FleetClock,
  type FleetLease,
  FleetMember,
  type FleetRegistry,
  memoryFleetRegistry,
  requireStages,
  type Stage,
  type Timer,
} from '@org/storage-hybrid';
import type { SimulatedProcess } from '@org/storage-testkit/simulator';

/** Times of a simulated fleet, in ms. */
const HEARTBEAT = 100;
const MARGIN = 100;
const DRAIN = 400;
/** That passes at once: more than the margin, and no more than between two looks at the others. */
const WHILE = 3 * HEARTBEAT;

interface LeaseOptions {
  readonly stage?: Stage;
  readonly allowed?: readonly Stage[];
  /** Lets time pass until nobody is in the way: each time, when this has resolved. Default: it is asked for once. */
  readonly waitsFor?: () => Promise<unknown>;
}

/** A fleet's registry, of which each request is a step, and its time, which passes only while somebody waits. */
export class SimulatedFleet {
  readonly #registry = memoryFleetRegistry();
  #now = 0;

  /** As a process has it. */
  registryOf(process: SimulatedProcess): FleetRegistry {
    const step = <T>(what: string, effect: () => Promise<T>) =>
      process.step(`registry ${what}`, effect);
    const registry = this.#registry;
    return {
      join: (member) => step(`join as ${member.stages.join(', ')}`, () => registry.join(member)),
      update: (member, version) =>
        step(`update to ${member.stages.join(', ')}`, () => registry.update(member, version)),
      remove: (id, version) => step('remove', () => registry.remove(id, version)),
      list: () => step('list', () => registry.list()),
      nextToken: () => step('next token', () => registry.nextToken()),
      wanted: () => step('read the wanted mode', () => registry.wanted()),
      want: (wanted, version) => step(`want ${wanted.mode}`, () => registry.want(wanted, version)),
      close: async () => {},
    };
  }

  /** A process of the application. It beats never, as time passes only for those who wait. */
  member(process: SimulatedProcess): FleetMember {
    return new FleetMember({ registry: this.registryOf(process), ...this.#timing(this.#clock()) });
  }

  /**
   * The lease of the only migrator.
   * @throws StorageError `Conflict` if somebody is in the way.
   */
  async lease(process: SimulatedProcess, options: LeaseOptions = {}): Promise<FleetLease> {
    const { stage = 'settled', allowed = ['hybrid', 'settled'], waitsFor } = options;
    const timers = new Set<() => void>();
    let waiting = waitsFor !== undefined;
    const asked = requireStages({
      ...{ registry: this.registryOf(process), stage, allowed },
      ...this.#timing(this.#clock(timers)),
      ...(waitsFor === undefined ? {} : { onWait: () => {} }),
    }).finally(() => {
      waiting = false;
    });
    const passTime = async () => {
      while (waiting) {
        await waitsFor?.();
        await process.step('time passes', () => {
          this.#now += WHILE;
        });
        for (const run of [...timers]) run();
      }
    };
    const [lease] = await Promise.all([asked, passTime()]);
    return lease;
  }

  #timing(clock: FleetClock) {
    return { clock, heartbeat: HEARTBEAT, margin: MARGIN, drain: DRAIN };
  }

  #clock(timers: Set<() => void> = new Set()): FleetClock {
    return {
      now: () => this.#now,
      every(_, run): Timer {
        timers.add(run);
        return { stop: () => void timers.delete(run) };
      },
    };
  }
}
