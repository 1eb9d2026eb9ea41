import type { Mode } from '@org/storage-hybrid';
import type { Faults, Scenario, Simulation } from '@org/storage-testkit/simulator';
import { type Call, create, del, exists, list, read, remove, update, write } from '../clients.js';
import { World } from '../world.js';

const KEYS = ['a', 'b'];

/** Worlds of which the choices decide everything: who is there, what they do, what goes wrong. */
export const swarm: Readonly<Record<string, Scenario>> = {
  'any calls in the mode hybrid, beside migrations, with any faults'(simulation) {
    const choose = chooser(simulation);
    const faults: Faults = choose(
      {},
      { lostAnswer: 1 },
      { delayed: 2 },
      { refused: 2, conflict: 1 },
      { lostAnswer: 1, delayed: 1, refused: 1, throttled: 1, conflict: 1 },
    );
    const world = new World(simulation, {
      source: choose({}, { a: '1' }, { a: '1', b: '2' }),
      targetOptions: { faults },
    });
    const values = counter();
    for (const name of ['A', 'B', 'C'].slice(0, choose(1, 2, 3)))
      world.application(name, 'hybrid', calls(simulation, values), { crashes: choose(0, 0, 1) });
    world.migration('M', { crashes: choose(0, 0, 1, 2) });
    if (choose(true, false)) world.backfill('N', KEYS, { retires: true, crashes: choose(0, 1) });
    if (choose(false, false, true)) world.outage();
    return async () => {
      await world.checkMigrated();
      await world.checkHistory();
    };
  },
  'any calls in any two neighbouring modes'(simulation) {
    const choose = chooser(simulation);
    const [earlier, later] = choose<readonly [Mode, Mode]>(
      ['source', 'prepare'],
      ['prepare', 'hybrid'],
      ['hybrid', 'target'],
    );
    const files = choose<Record<string, string>>({}, { a: '1' }, { a: '1', b: '2' });
    const world = new World(simulation, {
      ...(later === 'target' ? { target: files } : { source: files }),
      guardsSource: later === 'target',
    });
    const options = { handedOver: later === 'target' };
    const values = counter();
    // A create is not safe there from a write of the same key in the other of these two modes.
    const creates = later !== 'hybrid';
    for (const name of ['A', 'B', 'C']) {
      const mode = choose(earlier, later);
      world.application(name, mode, calls(simulation, values, creates), options);
    }
    return () => world.checkHistory(later);
  },
};

function chooser(simulation: Simulation) {
  return <T>(...alternatives: readonly T[]): T =>
    alternatives[simulation.choose(alternatives.length, 'the world')] as T;
}

function counter(): () => string {
  let last = 100;
  return () => String(++last);
}

function calls(simulation: Simulation, value: () => string, creates = true): Call[] {
  const choose = chooser(simulation);
  return Array.from({ length: choose(1, 2, 3) }, () => {
    const key = choose(...KEYS);
    return choose(
      () => read(key),
      () => read(key),
      () => write(value(), key),
      () => write(value(), key),
      () => del(key),
      () => (creates ? create(value(), key) : write(value(), key)),
      () => update(value(), key),
      () => remove(key),
      () => exists(key),
      () => list(...KEYS),
    )();
  });
}
