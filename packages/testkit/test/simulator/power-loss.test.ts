import { expect, test } from 'vitest';
import { History, SimulatedStore } from '../../src/simulator/index.js';
import { exploreAll, outcomes, read } from './outcomes.js';

const scenario =
  (volatile: boolean) =>
  (simulation: Parameters<typeof exploreAll>[0] extends (s: infer S) => unknown ? S : never) => {
    const store = new SimulatedStore(simulation, { name: 'disk', etags: 'unique', volatile });
    store.set('k', 'old');
    const history = new History();
    const a = simulation.process('A');
    a.spawn('write', () =>
      history.record(a, { kind: 'write', key: 'k', value: 'new' }, async () => {
        await store.client(a).upload('k', 'new');
        return undefined;
      }),
    );
    const power = simulation.process('power');
    power.spawn('loss', () =>
      power.step('loss', () => {
        a.crash();
        store.powerLoss();
      }),
    );
    return async () => {
      await simulation.settle((process) =>
        history.record(process, { kind: 'read', key: 'k' }, () => read(store.client(process), 'k')),
      );
      history.check({ k: 'old' });
      return store.snapshot()['k'] ?? 'none';
    };
  };

test('an acknowledgement before the sync is found', async () => {
  await expect(exploreAll(scenario(true))).rejects.toThrow('not linearizable');
});

test('a store that syncs before it answers survives', async () => {
  expect(await outcomes(scenario(false))).toEqual(['new', 'old']);
});

test('what was synced survives, and later changes of the key do not', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'disk', etags: 'unique', volatile: true });
    store.set('kept', 'set-up');
    const a = simulation.process('A');
    a.spawn('write', async () => {
      await store.client(a).upload('k', '1');
      await store.client(a).upload('k', '2');
      await store.client(a).delete('kept');
      await a.step('loss', () => store.powerLoss());
    });
    return () => JSON.stringify(store.snapshot());
  });
  expect(seen).toEqual([
    '{"k":"1","kept":"set-up"}',
    '{"k":"1"}',
    '{"k":"2","kept":"set-up"}',
    '{"k":"2"}',
    '{"kept":"set-up"}',
    '{}',
  ]);
});
