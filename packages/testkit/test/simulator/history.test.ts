import { expect, test } from 'vitest';
import {
  History,
  RandomChoices,
  type SimulatedProcess,
  SimulatedStore,
  Simulation,
} from '../../src/simulator/index.js';
import { exploreAll, outcomes, read } from './outcomes.js';

test('an operation begins with its first step, not with the end of the one before', async () => {
  const seen = await outcomes((simulation) => {
    const history = new History();
    const [a, b] = [simulation.process('A'), simulation.process('B')];
    const step = (process: SimulatedProcess, value: string) =>
      history.record(process, { kind: 'write', key: 'k', value }, async () => {
        await process.step(value, () => 1);
        return undefined;
      });
    a.spawn('t', async () => {
      await step(a, '1');
      await step(a, '2');
    });
    b.spawn('t', () => step(b, 'x'));
    return () => {
      const ordered = [...history.records].sort((one, other) => one.began - other.began);
      const overlap = ordered.some(({ ended }, i) => ended > (ordered[i + 1]?.began ?? ended));
      const names = ordered.map(({ operation }) => 'value' in operation && operation.value);
      return `${names.join('')}${overlap ? ' overlapping' : ''}`;
    };
  });
  expect(seen).toEqual(['12x', '1x2', 'x12']);
});

test('an operation that waits for another task of its process begins at once', async () => {
  await exploreAll((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'content' });
    const history = new History();
    const [a, b] = [simulation.process('A'), simulation.process('B')];
    let last: Promise<unknown> = Promise.resolve();
    const write = (value: string) =>
      history.record(a, { kind: 'write', key: 'k', value }, async () => {
        const turn = last.then(async () => {
          await store.client(a).upload('k', value);
          await a.step('afterwards', () => 1);
        });
        last = turn;
        await turn;
        return undefined;
      });
    a.spawn('first', () => write('1'));
    a.spawn('second', () => write('2'));
    b.spawn('read', () =>
      history.record(b, { kind: 'read', key: 'k' }, () => read(store.client(b), 'k')),
    );
    return () => history.check();
  });
});

test('an operation without steps begins and ends', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const history = new History();
  const a = simulation.process('A');
  a.spawn('t', () => history.record(a, { kind: 'read', key: 'k' }, async () => undefined));
  await simulation.run();
  const [record] = history.records;
  expect(record?.began).toBeLessThan(Number.POSITIVE_INFINITY);
  expect(record?.ended).toBeLessThan(Number.POSITIVE_INFINITY);
});

test('an operation that failed may take effect later, or never', async () => {
  for (const found of [undefined, 'v']) {
    const simulation = new Simulation(new RandomChoices(1));
    const history = new History();
    const a = simulation.process('A');
    a.spawn('t', async () => {
      const fails = () => a.step('fails', () => Promise.reject(new Error('no answer')));
      const operation = { kind: 'write', key: 'k', value: 'v' } as const;
      await history.record(a, operation, fails).catch(() => {});
      await history.record(a, { kind: 'read', key: 'k' }, async () => found);
    });
    await simulation.run();
    expect(() => history.check()).not.toThrow();
    expect(history.records[0]?.error).toEqual(new Error('no answer'));
  }
});

test('each key is checked by itself, from its own first content', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const history = new History();
  await simulation.settle(async (process) => {
    await history.record(process, { kind: 'read', key: 'a' }, async () => '1');
    await history.record(process, { kind: 'read', key: 'b' }, async () => '2');
  });
  expect(() => history.check({ a: '1', b: '2' })).not.toThrow();
  expect(() => history.check({ a: '1' })).toThrow('operations on b');
  expect(() => history.check({ b: '2' })).toThrow('operations on a');
});
