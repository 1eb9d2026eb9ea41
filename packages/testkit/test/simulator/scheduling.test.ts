import { expect, test } from 'vitest';
import {
  ExhaustiveChoices,
  explore,
  RandomChoices,
  ReplayedChoices,
  replay,
  type Scenario,
  type SimulatedProcess,
  Simulation,
  SimulationError,
} from '../../src/simulator/index.js';

/** A task of so many steps, each of which writes its name down. */
function walk(process: SimulatedProcess, names: readonly string[], log: string[]): void {
  process.spawn('walk', async () => {
    for (const name of names) await process.step(name, () => void log.push(name));
  });
}

async function orders(build: (simulation: Simulation, log: string[]) => void): Promise<string[]> {
  const seen: string[] = [];
  const { complete, violation } = await explore({
    schedules: 'all',
    scenario: (simulation) => {
      const log: string[] = [];
      build(simulation, log);
      return () => void seen.push(log.join(''));
    },
  });
  expect(violation?.error).toBeUndefined();
  expect(complete).toBe(true);
  return seen;
}

test('two tasks of 2 and 3 steps have 10 interleavings, each of them seen once', async () => {
  const seen = await orders((simulation, log) => {
    walk(simulation.process('A'), ['a', 'b'], log);
    walk(simulation.process('B'), ['x', 'y', 'z'], log);
  });
  expect(seen).toHaveLength(10);
  expect(new Set(seen).size).toBe(10);
  expect(seen.every((order) => order.replace(/[xyz]/g, '') === 'ab')).toBe(true);
});

test('three tasks of 2 steps have 90 interleavings', async () => {
  const seen = await orders((simulation, log) => {
    for (const names of [
      ['a', 'b'],
      ['i', 'j'],
      ['x', 'y'],
    ])
      walk(simulation.process('P'), names, log);
  });
  expect(new Set(seen).size).toBe(90);
  expect(seen).toHaveLength(90);
});

test('the start of a task is a scheduling point of its own beside other tasks of its process', async () => {
  const seen = await orders((simulation, log) => {
    const process = simulation.process('P');
    const shared: string[] = [];
    process.spawn('changes', () => process.step('change', () => void shared.push('changed')));
    process.spawn('looks', async () => {
      const found = shared.length;
      await process.step('tell', () => void log.push(`${found}${shared.length}`));
    });
  });
  expect(new Set(seen)).toEqual(new Set(['00', '01', '11']));
});

test('tasks that are started within a task, and steps made side by side in one, are interleaved', async () => {
  const seen = await orders((simulation, log) => {
    const process = simulation.process('P');
    process.spawn('first', async () => {
      process.spawn('second', () => process.step('s', () => void log.push('s')));
      await Promise.all(['a', 'b'].map((name) => process.step(name, () => void log.push(name))));
    });
  });
  expect(new Set(seen)).toEqual(new Set(['abs', 'bas', 'asb', 'bsa', 'sab', 'sba']));
});

test('nothing goes on before all that follows from a step has: microtasks, and callbacks of process.nextTick', async () => {
  const log: string[] = [];
  const simulation = new Simulation(new RandomChoices(1));
  const [a, b] = [simulation.process('A'), simulation.process('B')];
  const later = () => new Promise<void>((resolve) => process.nextTick(resolve));
  a.spawn('a', async () => {
    await a.step('1', () => void log.push('a1'));
    for (let i = 0; i < 20; i++) await (i % 2 === 0 ? later() : undefined);
    log.push('a2');
  });
  b.spawn('b', () => b.step('1', () => void log.push('b1')));
  await simulation.run();
  const index = log.indexOf('a1');
  expect(log.slice(index, index + 2)).toEqual(['a1', 'a2']);
});

test('an effect that takes its time is atomic all the same', async () => {
  const seen = await orders((simulation, log) => {
    for (const name of ['A', 'B']) {
      const process = simulation.process(name);
      process.spawn('t', () =>
        process.step('slow', async () => {
          log.push(name);
          await new Promise(setImmediate);
          log.push(name);
        }),
      );
    }
  });
  expect(seen).toEqual(['AABB', 'BBAA']);
});

test('an effect can’t make steps', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const a = simulation.process('A');
  a.spawn('t', () => a.step('outer', () => a.step('inner', () => 1)));
  await expect(simulation.run()).rejects.toThrow('an effect can’t make steps');
});

test('what an effect throws is the error of the step', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const a = simulation.process('A');
  const caught: unknown[] = [];
  a.spawn('t', async () => {
    await a
      .step('fails', () => {
        throw new RangeError('so');
      })
      .catch((error: unknown) => caught.push(error));
  });
  await simulation.run();
  expect(caught).toEqual([new RangeError('so')]);
  expect(simulation.trace).toEqual(['A: t › starts', 'A: t › fails → RangeError: so']);
});

test('a task that rejects ends the run with its error', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const a = simulation.process('A');
  a.spawn('t', async () => {
    await a.step('1', () => 1);
    throw new TypeError('a bug');
  });
  await expect(simulation.run()).rejects.toThrow(new TypeError('a bug'));
});

test('a task that waits for what never comes is a deadlock, with the trace', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const a = simulation.process('A');
  a.spawn('waits', async () => {
    await a.step('1', () => 1);
    await new Promise(() => {});
  });
  const error: unknown = await simulation.run().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(SimulationError);
  expect(String(error)).toContain('deadlock: nothing will wake A: waits\n  A: waits › starts\n');
});

test('a task without an end is stopped, with the trace', async () => {
  const endless: Scenario = (simulation) => {
    const a = simulation.process('A');
    a.spawn('t', async () => {
      for (;;) await a.step('again', () => 1);
    });
  };
  const { violation } = await explore({ scenario: endless, schedules: 'all', stepLimit: 50 });
  expect(violation?.error.message).toContain('no end after 50 steps');
  expect(violation?.trace).toHaveLength(50);
});

const mixed: Scenario = (simulation) => {
  for (const name of ['A', 'B', 'C']) walk(simulation.process(name), ['1', '2', '3', '4'], []);
};

test('a seed gives the same run each time, and other seeds give others', async () => {
  const first = await replay(mixed, 7);
  expect(first.trace).toHaveLength(15);
  expect(await replay(mixed, 7)).toEqual(first);
  const all = await Promise.all(Array.from({ length: 100 }, (_, seed) => replay(mixed, seed)));
  expect(new Set(all.map(({ trace }) => trace.join())).size).toBeGreaterThan(50);
});

test('a violation is replayed by its choices, its message and its seed', async () => {
  const broken: Scenario = (simulation) => {
    const log: string[] = [];
    for (const name of ['A', 'B', 'C']) walk(simulation.process(name), [name, name], log);
    return () => {
      if (log.join('').includes('CBC')) throw new Error('found it');
    };
  };
  for (const schedules of ['all', { seeds: [0, 500] }] as const) {
    const { violation } = await explore({ scenario: broken, schedules });
    const message = violation?.error.message ?? '';
    expect(message).toContain('found it');
    const [, text = ''] = /'([0-9a-z]*)':/.exec(message) ?? [];
    for (const which of [violation?.choices ?? [], text, violation?.seed ?? text]) {
      const again = await replay(broken, which);
      expect(again.trace).toEqual(violation?.trace);
      expect(again.violation?.error.message).toContain('found it');
    }
  }
});

test('choices that do not fit the code any more are refused', async () => {
  const changed = 'the code or the scenario has changed';
  await expect(replay(mixed, [0, 9])).rejects.toThrow(changed);
  await expect(replay(mixed, [0, 1])).rejects.toThrow(changed);
  await expect(replay(mixed, Array(99).fill(0))).rejects.toThrow(changed);
  await expect(replay(mixed, 'no list!')).rejects.toThrow('no list of choices');
});

test('a scenario that is not deterministic is reported', async () => {
  let runs = 0;
  const { violation } = await explore({
    schedules: 'all',
    scenario: (simulation) => {
      runs += 1;
      for (let i = 0; i <= runs; i++) walk(simulation.process('A'), ['1'], []);
    },
  });
  expect(violation?.error.message).toContain('not deterministic');
});

test('an exploration that is cut short says so', async () => {
  expect(await explore({ scenario: mixed, schedules: 'all', limit: 5 })).toEqual({
    schedules: 5,
    complete: false,
  });
  expect(await explore({ scenario: mixed, schedules: { seeds: [1, 9] }, limit: 5 })).toEqual({
    schedules: 5,
    complete: false,
  });
  expect(await explore({ scenario: mixed, schedules: { seeds: [1, 9] } })).toEqual({
    schedules: 9,
    complete: true,
  });
});

test('settling runs one task alone, after the run, and gives what it gives', async () => {
  const simulation = new Simulation(new ExhaustiveChoices());
  walk(simulation.process('A'), ['1'], []);
  await simulation.run();
  expect(simulation.settling).toBe(false);
  const found = await simulation.settle((process) =>
    process.step('look', () => simulation.settling),
  );
  expect(found).toBe(true);
  expect(simulation.settling).toBe(false);
  expect(simulation.trace.at(-1)).toBe('settle: settle › look → true');
});

test('a replay makes exactly the choices of its list', () => {
  const choices = new ReplayedChoices([1, 0, 2]);
  expect([choices.pick(2, 'a'), choices.pick(3, 'b'), choices.pick(3, 'c')]).toEqual([1, 0, 2]);
  expect(() => choices.end()).not.toThrow();
});
