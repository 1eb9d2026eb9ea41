import { isStorageError } from '@org/storage-core';
import { expect, test } from 'vitest';
import {
  explore,
  type Faults,
  RandomChoices,
  SimulatedStore,
  Simulation,
} from '../../src/simulator/index.js';
import { outcome, outcomes, read } from './outcomes.js';

/** What comes of one upload where there is a file, and what is in the store after it. */
function uploads(faults: Faults, conditional: boolean): Promise<string[]> {
  return outcomes((simulation) => {
    const store = new SimulatedStore(simulation, { name: 'store', etags: 'content', faults });
    const { etag } = store.set('k', 'old').metadata;
    const a = simulation.process('A');
    const answers: string[] = [];
    a.spawn('t', async () => {
      const condition = conditional ? ({ type: 'match', etag } as const) : undefined;
      answers.push(await outcome(store.client(a).upload('k', 'new', { condition })));
      answers.push(store.snapshot()['k'] ?? 'gone');
    });
    return () => `${answers.join()} ${store.snapshot()['k']}`;
  });
}

test.each<[string, Faults, string[]]>([
  ['no fault', {}, ['ok,new new']],
  ['lost answer', { lostAnswer: 1 }, ['Unavailable,new new', 'ok,new new']],
  ['refused', { refused: 1 }, ['Unavailable,old old', 'ok,new new']],
  ['throttled', { throttled: 1 }, ['Throttled,old old', 'ok,new new']],
  ['delayed', { delayed: 1 }, ['Timeout,old new', 'Timeout,old old', 'ok,new new']],
])('%s', async (_, faults, expected) => {
  expect(await uploads(faults, false)).toEqual(expected);
  expect(await uploads(faults, true)).toEqual(expected);
});

test('conflict strikes conditional writes alone', async () => {
  expect(await uploads({ conflict: 1 }, false)).toEqual(['ok,new new']);
  expect(await uploads({ conflict: 1 }, true)).toEqual(['Conflict,old old', 'ok,new new']);
});

test('a fault strikes as often as its budget says', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'content', faults: { throttled: 2 } },
    });
    const a = simulation.process('A');
    const answers: string[] = [];
    a.spawn('t', async () => {
      for (let i = 0; i < 4; i++) answers.push(await outcome(store.client(a).upload('k', 'v')));
    });
    return () => String(answers.filter((answer) => answer === 'Throttled').length);
  });
  expect(seen).toEqual(['0', '1', '2']);
});

test('reads are refused and throttled, and nothing else happens to them', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'content' },
      faults: { lostAnswer: 1, refused: 1, delayed: 1, throttled: 1, conflict: 1 },
    });
    store.set('k', 'v');
    const a = simulation.process('A');
    const answers: string[] = [];
    a.spawn('t', async () => void answers.push(await outcome(store.client(a).stat('k'))));
    return () => answers.join();
  });
  expect(seen).toEqual(['Throttled', 'Unavailable', 'ok']);
});

test('an answer that is lost hides a condition that did not hold, too', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'content', faults: { lostAnswer: 1 } },
    });
    store.set('k', 'old');
    const a = simulation.process('A');
    const answers: string[] = [];
    const condition = { type: 'absent' } as const;
    a.spawn('t', async () => {
      answers.push(await outcome(store.client(a).upload('k', 'new', { condition })));
    });
    return () => `${answers} ${store.snapshot()['k']}`;
  });
  expect(seen).toEqual(['AlreadyExists old', 'Unavailable old']);
});

test('a request that arrives late meets its condition then', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'content', faults: { delayed: 1 } },
    });
    const a = simulation.process('A');
    const answers: string[] = [];
    a.spawn('t', async () => {
      const client = store.client(a);
      const condition = { type: 'absent' } as const;
      answers.push(await outcome(client.upload('k', 'first', { condition })));
      answers.push(await outcome(client.upload('k', 'second')));
    });
    return () => `${answers} ${store.snapshot()['k']}`;
  });
  // Unless it arrives between the two, there is a file already.
  expect(seen).toEqual([
    'Timeout,ok second',
    'ok,Timeout first',
    'ok,Timeout second',
    'ok,ok second',
  ]);
});

test('every error of a store tells the operation, the provider and the key', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const store = new SimulatedStore(simulation, {
    ...{ name: 'target', etags: 'content', capabilities: { conditionalDelete: 'absent' } },
  });
  const a = simulation.process('A');
  const client = store.client(a);
  const errors: unknown[] = [];
  const condition = { type: 'match', etag: store.set('e', 'v').metadata.etag } as const;
  a.spawn('t', async () => {
    for (const call of [
      () => client.stat('k'),
      () => client.download('e', { range: { start: 9 } }),
      () => client.upload('k', 'v', { contentLength: 5 }),
      () => client.upload('k', 'v', { checksums: { crc32: '00000000' } }),
      () => client.upload('k', 'v', { condition }),
      () => client.delete('e', { condition }),
      () => client.copy('e', 'a//b'),
      () => client.stat('a//b'),
    ])
      await call().catch((error: unknown) => errors.push(error));
  });
  await simulation.run();
  expect(errors.map((error) => isStorageError(error) && [error.operation, error.code])).toEqual([
    ['stat', 'NotFound'],
    ['download', 'InvalidRange'],
    ['upload', 'ChecksumMismatch'],
    ['upload', 'ChecksumMismatch'],
    ['upload', 'PreconditionFailed'],
    ['delete', 'Unsupported'],
    ['copy', 'InvalidKey'],
    ['stat', 'InvalidKey'],
  ]);
  for (const error of errors)
    expect(error).toMatchObject({
      provider: 'target',
      key: expect.stringMatching(/^(k|e|a\/\/b)$/),
    });
});

test('a store that is down refuses everything', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const store = new SimulatedStore(simulation, { name: 'store', etags: 'content' });
  store.set('k', 'v');
  const a = simulation.process('A');
  const client = store.client(a);
  const answers: string[] = [];
  a.spawn('t', async () => {
    await a.step('outage', () => {
      store.down = true;
    });
    answers.push(await outcome(client.stat('k')));
    answers.push(await outcome(client.exists('k')));
    answers.push(await outcome(client.delete('k')));
    answers.push(await outcome(client.list()[Symbol.asyncIterator]().next()));
    answers.push(String((await client.checkHealth()).healthy));
    await a.step('recovery', () => {
      store.down = false;
    });
    answers.push((await read(client, 'k')) ?? 'gone');
    answers.push(String((await client.checkHealth()).healthy));
  });
  await simulation.run();
  const down = Array(4).fill('Unavailable');
  expect(answers).toEqual([...down, 'false', 'v', 'true']);
});

test('what arrives late at a store that is down is lost', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'content', faults: { delayed: 1 } },
    });
    const a = simulation.process('A');
    a.spawn('t', async () => {
      await outcome(store.client(a).upload('k', 'v'));
      await a.step('outage', () => {
        store.down = true;
      });
      simulation.note(a, `has ${store.files.size} before`);
    });
    return () => {
      const late = simulation.trace.findIndex((line) => line.includes('late'));
      const outage = simulation.trace.findIndex((line) => line.includes('outage'));
      return late > outage ? `late: ${store.files.size}` : 'in time';
    };
  });
  expect(seen).toEqual(['in time', 'late: 0']);
});

test('a server that ignores preconditions accepts them and overwrites', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const store = new SimulatedStore(simulation, {
    ...{ name: 'store', etags: 'content', ignoresConditions: true },
  });
  store.set('k', 'old');
  const a = simulation.process('A');
  const condition = { type: 'absent' } as const;
  a.spawn('t', () => store.client(a).upload('k', 'new', { condition }));
  await simulation.run();
  expect(store.snapshot()).toEqual({ k: 'new' });
});

test('faults leave what settles alone', async () => {
  const { violation } = await explore({
    schedules: 'all',
    scenario: (simulation) => {
      const store = new SimulatedStore(simulation, {
        ...{ name: 'store', etags: 'content', faults: { refused: 1, throttled: 1, lostAnswer: 1 } },
      });
      return () => simulation.settle((process) => store.client(process).upload('k', 'v'));
    },
  });
  expect(violation?.error).toBeUndefined();
});

test('random runs have some with faults, and some without', async () => {
  const seen = new Map<string, number>();
  await explore({
    schedules: { seeds: [1, 200] },
    scenario: (simulation) => {
      const store = new SimulatedStore(simulation, {
        ...{ name: 'store', etags: 'content', faults: { refused: 5, throttled: 5 } },
      });
      const a = simulation.process('A');
      const answers = new Set<string>();
      a.spawn('t', async () => {
        for (let i = 0; i < 10; i++) answers.add(await outcome(store.client(a).upload('k', 'v')));
      });
      return () => {
        const kinds = [...answers].sort().join();
        seen.set(kinds, (seen.get(kinds) ?? 0) + 1);
      };
    },
  });
  expect([...seen.keys()].sort()).toEqual([
    'Throttled,Unavailable,ok',
    'Throttled,ok',
    'Unavailable,ok',
    'ok',
  ]);
  expect(Math.min(...seen.values())).toBeGreaterThan(5);
});

test('an error of an observer ends the run, whatever the code under test makes of its requests', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const store = new SimulatedStore(simulation, { name: 'store', etags: 'content' });
  store.onChange(({ key, before, after }) => {
    throw new Error(`${key}: ${before?.content} → ${after?.content}`);
  });
  const a = simulation.process('A');
  a.spawn('t', () => outcome(store.client(a).upload('k', 'v')));
  await expect(simulation.run()).rejects.toThrow('k: undefined → v');
});
