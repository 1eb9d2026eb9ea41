import { expect, test } from 'vitest';
import {
  type Exploration,
  type ExploreOptions,
  explore,
  History,
  type SimulatedProcess,
  SimulatedStore,
  type Simulation,
} from '../../src/simulator/index.js';
import { Overlay, TOMBSTONE } from './overlay.js';

/** What one process does to the file `k`. */
type Act = (overlay: Overlay, client: Client) => Promise<unknown>;

/** Operations whose results are recorded. */
class Client {
  readonly #history: History;
  readonly #process: SimulatedProcess;
  readonly #overlay: Overlay;

  constructor(history: History, process: SimulatedProcess, overlay: Overlay) {
    this.#history = history;
    this.#process = process;
    this.#overlay = overlay;
  }

  write(value: string, act = (overlay: Overlay) => overlay.write('k', value)): Promise<unknown> {
    return this.#record({ kind: 'write', key: 'k', value }, act);
  }

  delete(act = (overlay: Overlay) => overlay.delete('k')): Promise<unknown> {
    return this.#record({ kind: 'delete', key: 'k' }, act);
  }

  read(act = (overlay: Overlay) => overlay.read('k')): Promise<unknown> {
    return this.#history.record(this.#process, { kind: 'read', key: 'k' }, () =>
      act(this.#overlay),
    );
  }

  #record(
    operation: Parameters<History['begin']>[1],
    act: (overlay: Overlay) => Promise<void>,
  ): Promise<unknown> {
    return this.#history.record(this.#process, operation, async () => {
      await act(this.#overlay);
      return undefined;
    });
  }
}

interface Case {
  readonly source?: string;
  readonly target?: string;
  readonly acts: Readonly<Record<string, Act>>;
  readonly arrange?: (simulation: Simulation, processes: readonly SimulatedProcess[]) => void;
  readonly schedules?: ExploreOptions['schedules'];
}

/** Runs the processes side by side, reads what is there in the end, and looks whether a client could tell. */
function run({ source, target, acts, arrange, schedules = 'all' }: Case): Promise<Exploration> {
  return explore({
    schedules,
    scenario: (simulation) => {
      const below = new SimulatedStore(simulation, { name: 'source', etags: 'unique' });
      const above = new SimulatedStore(simulation, { name: 'target', etags: 'content' });
      if (source !== undefined) below.set('k', source);
      if (target !== undefined) above.set('k', target);
      const history = new History();
      const clientOf = (process: SimulatedProcess): [Overlay, Client] => {
        const overlay = new Overlay(below.client(process), above.client(process));
        return [overlay, new Client(history, process, overlay)];
      };
      const processes = Object.entries(acts).map(([name, act]) => {
        const process = simulation.process(name);
        process.spawn(name, () => act(...clientOf(process)));
        return process;
      });
      arrange?.(simulation, processes);
      return async () => {
        await simulation.settle((process) => clientOf(process)[1].read());
        const initial = target ?? source;
        history.check(initial === undefined || initial === TOMBSTONE ? {} : { k: initial });
      };
    },
  });
}

test.each<[string, Case]>([
  [
    'a backfill that overwrites',
    {
      source: 'v1',
      acts: {
        A: (_, client) => client.write('v2'),
        B: (overlay) => overlay.backfill('k', { guarded: false }),
      },
    },
  ],
  [
    'a delete without a tombstone beside a backfill',
    {
      source: 'v1',
      acts: {
        A: (_, client) => client.delete((overlay) => overlay.deleteWithoutTombstone('k')),
        B: (overlay) => overlay.backfill('k'),
      },
    },
  ],
  [
    'a read without a second look beside a backfill that cleans up',
    {
      source: 'v1',
      acts: {
        R: (_, client) => client.read((overlay) => overlay.read('k', { secondLook: false })),
        B: (overlay) => overlay.backfill('k', { clean: true }),
      },
    },
  ],
  [
    'a process that still writes to the source',
    {
      source: 'v1',
      acts: {
        A: (_, client) =>
          client.write('v2', async ({ source }) => void (await source.upload('k', 'v2'))),
        B: (_, client) => client.write('v3'),
      },
    },
  ],
  [
    'a sweep that does not look twice',
    {
      target: TOMBSTONE,
      acts: {
        A: (_, client) => client.write('v2'),
        S: (overlay) => overlay.sweep('k', { guarded: false }),
      },
    },
  ],
  [
    'a sweep beside a backfill under way',
    {
      source: 'v1',
      acts: {
        A: (_, client) => client.delete(),
        B: (overlay) => overlay.backfill('k'),
        S: (overlay) => overlay.sweep('k'),
      },
    },
  ],
])('found in all schedules, and by seeds: %s', async (_, unsafe) => {
  const found = await run(unsafe);
  expect(found.violation?.error.message).toContain('not linearizable');
  const seeded = await run({ ...unsafe, schedules: { seeds: [1, 3000] } });
  expect(seeded.violation?.error.message).toContain('not linearizable');
});

test.each<[string, Case]>([
  [
    'a write beside a backfill that cleans up, and a reader',
    {
      source: 'v1',
      acts: {
        A: (_, client) => client.write('v2'),
        B: (overlay) => overlay.backfill('k', { clean: true }),
        R: (_, client) => client.read(),
      },
    },
  ],
  [
    'a delete beside a backfill that cleans up, and a reader',
    {
      source: 'v1',
      acts: {
        A: (_, client) => client.delete(),
        B: (overlay) => overlay.backfill('k', { clean: true }),
        R: (_, client) => client.read(),
      },
    },
  ],
  [
    'a write beside a sweep, and a reader',
    {
      target: TOMBSTONE,
      acts: {
        A: (_, client) => client.write('v2'),
        S: (overlay) => overlay.sweep('k'),
        R: (_, client) => client.read(),
      },
    },
  ],
  [
    'two writes, a delete and a read',
    {
      source: 'v1',
      acts: {
        A: (_, client) => client.write('v2'),
        B: (_, client) => client.write('v3'),
        D: (_, client) => client.delete(),
        R: (_, client) => client.read(),
      },
      schedules: { seeds: [1, 1000] },
    },
  ],
  [
    'writers and a backfill, of which some crash and begin again',
    {
      source: 'v1',
      acts: {
        A: async (_, client) => {
          await client.write('v2');
          await client.delete();
        },
        B: (overlay) => overlay.backfill('k', { clean: true }),
        C: (overlay) => overlay.backfill('k', { clean: true }),
        R: async (_, client) => {
          await client.read();
          await client.read();
        },
      },
      arrange: (simulation, processes) => {
        for (const process of processes) simulation.crashes({ of: process, atMost: 1 });
      },
      schedules: { seeds: [1, 1000] },
    },
  ],
])('clean: %s', async (_, safe) => {
  const exploration = await run(safe);
  expect(exploration.violation?.error).toBeUndefined();
  expect(exploration.complete).toBe(true);
});

test('a violation tells what the clients saw, how to replay it, and each step', async () => {
  const { violation } = await run({
    source: 'v1',
    acts: {
      A: (_, client) => client.write('v2'),
      B: (overlay) => overlay.backfill('k', { guarded: false }),
    },
  });
  expect(
    violation?.error.message.split('\n').map((line) => line.replace(/ETag .*/, 'ETag …')),
  ).toEqual([
    'not linearizable: no order of these operations on k explains what the clients saw',
    '  at first: "v1"',
    expect.stringMatching(/^ {2}\d+–\d+ A: write → "v2": done$/),
    expect.stringMatching(/^ {2}\d+–\d+ settle: read: "v1"$/),
    "replay '010':",
    '  A: A › starts',
    '  A: A › target upload k "v2" → ok, ETag …',
    '  B: B › starts',
    '  B: B › source download k → "v1"',
    '  B: B › target upload k "v1" → ok, ETag …',
    '  A: A › source delete k → ok',
    '  settle: settle › starts',
    '  settle: settle › target download k → "v1"',
  ]);
});
