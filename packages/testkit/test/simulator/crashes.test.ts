import { expect, test } from 'vitest';
import { History, RandomChoices, SimulatedStore, Simulation } from '../../src/simulator/index.js';
import { exploreAll, outcome, outcomes, read } from './outcomes.js';

test('a process crashes before, between and after its steps', async () => {
  const seen = await outcomes((simulation) => {
    const log: string[] = [];
    const process = simulation.process('A');
    simulation.crashes({ of: process, atMost: 1 });
    process.spawn('t', async () => {
      for (const name of ['1', '2', '3']) await process.step(name, () => void log.push(name));
      log.push('end');
    });
    return () => `${log.join('')}${process.alive ? '' : ' crashed'}`;
  });
  expect(seen).toEqual([' crashed', '1 crashed', '12 crashed', '123end']);
});

test('what a restart does is seen after a crash at any moment, the end included', async () => {
  const seen = await outcomes((simulation) => {
    const log: string[] = [];
    const process = simulation.process('A');
    process.spawn('t', async () => {
      for (const name of ['1', '2']) await process.step(name, () => void log.push(name));
      log.push('end ');
    });
    simulation.crashes({
      of: process,
      atMost: 1,
      restart: (next) =>
        next.spawn('again', () => next.step('recover', () => void log.push(`by ${next.name}`))),
    });
    return () => log.join('');
  });
  expect(seen).toEqual(['12end ', '12end by A#2', '1by A#2', 'by A#2']);
});

test('incarnations share the budget of crashes', async () => {
  const seen = await outcomes((simulation) => {
    const starts: string[] = [];
    const begin = (process: ReturnType<Simulation['process']>) => {
      starts.push(process.name);
      process.spawn('t', () => process.step('1', () => 1));
    };
    const process = simulation.process('A');
    begin(process);
    simulation.crashes({ of: process, atMost: 2, restart: begin });
    return () => starts.join();
  });
  expect(seen).toEqual(['A', 'A,A#2', 'A,A#2,A#3']);
});

test('nothing of a crashed process goes on, in any of its tasks, and nobody waits for them', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const log: string[] = [];
  const a = simulation.process('A');
  const wakes: (() => void)[] = [];
  const woken = new Promise<void>((resolve) => wakes.push(resolve));
  a.spawn('steps', async () => {
    for (;;) await a.step('1', () => 1);
  });
  a.spawn('waits for another process', async () => {
    await woken;
    await a.step('2', () => void log.push('made a step'));
  });
  const b = simulation.process('B');
  b.spawn('kills', async () => {
    await b.step('kill', () => a.crash());
    wakes[0]?.();
    a.spawn('too late', async () => void log.push('was started'));
    await b.step('go on', () => 1);
  });
  await simulation.run();
  expect(log).toEqual([]);
  expect(simulation.trace.join()).not.toContain('too late');
  expect(a.alive).toBe(false);
});

test('a process that crashes within its own step gets no answer, and what it did stays', async () => {
  const simulation = new Simulation(new RandomChoices(1));
  const store = new SimulatedStore(simulation, { name: 'store', etags: 'unique' });
  const history = new History();
  const a = simulation.process('A');
  const answers: string[] = [];
  store.onChange(() => a.crash());
  a.spawn('t', async () => {
    await history.record(a, { kind: 'write', key: 'k', value: 'v' }, async () => {
      await store.client(a).upload('k', 'v');
      answers.push('ok');
      return undefined;
    });
  });
  await simulation.run();
  expect(store.snapshot()).toEqual({ k: 'v' });
  expect(answers).toEqual([]);
  expect(history.records[0]?.ended).toBe(Number.POSITIVE_INFINITY);
});

/** A process that uploads and may crash, and another one that deletes. */
const upload = (delayed: number) => (simulation: Simulation) => {
  const store = new SimulatedStore(simulation, {
    name: 'store',
    etags: 'content',
    faults: { delayed },
  });
  const [a, b] = [simulation.process('A'), simulation.process('B')];
  a.spawn('upload', () => outcome(store.client(a).upload('k', 'v')));
  simulation.crashes({ of: a, atMost: 1 });
  b.spawn('look', async () => {
    const found = await read(store.client(b), 'k');
    simulation.note(b, `saw ${found}`);
  });
  return () => {
    const lines = simulation.trace.filter((line) => /late|crashes|upload k|saw/.test(line));
    return `${lines.map((line) => line.replace(/ → ok.*/, '')).join('; ')}: ${store.files.size}`;
  };
};

test('with delays, what a process has sent may arrive after its crash, at any time', async () => {
  const seen = await outcomes((simulation) => {
    const store = new SimulatedStore(simulation, {
      ...{ name: 'store', etags: 'content', faults: { delayed: 1 } },
    });
    const a = simulation.process('A');
    const b = simulation.process('B');
    const found: (string | undefined)[] = [];
    b.spawn('look', async () => {
      await b.step('kill', () => a.crash());
      found.push(await read(store.client(b), 'k'));
      found.push(await read(store.client(b), 'k'));
    });
    a.spawn('upload', async () => {
      await store
        .client(a)
        .upload('k', 'v')
        .catch(() => {});
    });
    return () => (simulation.trace.some((line) => line.startsWith('A: late')) ? found.join() : '');
  });
  expect(seen).toEqual(['', ',', ',v', 'v,v']);
});

test('without delays, what a crashed process did not do is never done', async () => {
  const { schedules } = await exploreAll((simulation) => {
    const tell = upload(0)(simulation);
    return () => {
      if (/crashes.*: 1$/.test(tell())) throw new Error(tell());
    };
  });
  expect(schedules).toBeGreaterThan(2);
  const seen = await outcomes(upload(1));
  expect(seen.some((line) => /crashes.*late: store upload.*: 1$/.test(line))).toBe(true);
});
