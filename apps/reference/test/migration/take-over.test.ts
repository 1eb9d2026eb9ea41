import { type FleetRegistry, type Mode, wantMode } from '@org/storage-hybrid';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { JournalLook } from '../../src/server/migration/journal-look.js';
import { Slot } from '../../src/server/migration/slot.js';
import { TakeOver } from '../../src/server/migration/take-over.js';
import { unfinishedCopying } from '../../src/server/migration/unfinished.js';
import { type Instance, Lab, rested, toHybrid, until } from './lab.js';

/** So long that it does not happen by itself. */
const NEVER = 3_600_000;

let lab: Lab;
let left: Instance;
beforeEach(async () => {
  lab = await Lab.open({ 'one.txt': 'one', 'two.txt': 'two' });
  left = await lab.start({ lookEvery: NEVER });
  await toHybrid(left);
});
afterEach(() => lab.close());

interface Given {
  readonly registry?: FleetRegistry;
  readonly retryEvery?: number;
  readonly slot?: Slot;
}

/** What one look makes of what is in the lab's journal and registry. */
async function lookOf({ registry, retryEvery, slot = new Slot() }: Given = {}) {
  const { options } = left.service;
  const journal = new JournalLook(options.journal);
  let copies = 0;
  const takeOver = new TakeOver({
    options: { ...options, registry: registry ?? options.registry, retryEvery },
    slot,
    look: () => journal.open(),
    unfinished: async (looked) =>
      unfinishedCopying(looked, (await looked.totals()).pending.files ? 1 : 0),
    copy: async () => {
      copies += 1;
    },
  });
  await takeOver.look();
  await takeOver.close();
  await journal.close();
  return copies;
}

/** A run that was begun, and broken off. */
async function interrupted(): Promise<void> {
  const journal = await left.service.options.journal.work();
  await journal.startRun('migrate');
  await journal.close();
}

/** The lab's registry, but with this list of processes, or wanted mode. */
function registryWith(change: Partial<Pick<FleetRegistry, 'list' | 'wanted'>>): FleetRegistry {
  const { registry } = left.service.options;
  const wanted = () => registry.wanted();
  const list = () => registry.list();
  const rest: Pick<FleetRegistry, 'wanted' | 'list'> = { wanted, list, ...change };
  return rest as FleetRegistry; // a look asks for no more
}

describe('a copying that was broken off', () => {
  it('is gone on with when all processes are in hybrid, once', async () => {
    expect(await lookOf()).toBe(0);
    await interrupted();
    expect(await lookOf()).toBe(1);
    const slot = new Slot();
    const work = new AbortController();
    slot.begin(
      'verify',
      ({ stop }) => new Promise((resolve) => stop.addEventListener('abort', () => resolve())),
      () => work.abort(),
    );
    onTestFinished(() => slot.stop());
    expect(await lookOf({ slot })).toBe(0);
    expect(slot.work?.kind).toBe('verify');
  });

  it('stays where it is while it is paused', async () => {
    await interrupted();
    const look = new JournalLook(left.service.options.journal);
    await look.setControl({ paused: true });
    await look.close();
    expect(await lookOf()).toBe(0);
  });

  it('waits for processes that are on their way, and for one at least', async () => {
    await interrupted();
    const entries = await left.service.options.registry.list();
    const late = entries.map((entry) => ({
      ...entry,
      member: { ...entry.member, stages: ['prepare' as const] },
    }));
    expect(await lookOf({ registry: registryWith({ list: async () => late }) })).toBe(0);
    expect(await lookOf({ registry: registryWith({ list: async () => [] }) })).toBe(0);
  });

  it('is stopped, not gone on with, when another mode is wanted', async () => {
    await interrupted();
    const wanted = await left.service.options.registry.wanted();
    if (wanted === undefined) throw new Error('no mode was set');
    const back = { ...wanted, wanted: { ...wanted.wanted, mode: 'prepare' as Mode } };
    const slot = new Slot();
    slot.begin(
      'migrate',
      ({ stop }) => new Promise((resolve) => stop.addEventListener('abort', () => resolve())),
      () => {},
    );
    expect(await lookOf({ slot, registry: registryWith({ wanted: async () => back }) })).toBe(0);
    expect(slot.work).toBeUndefined();
  });
});

describe('a copying that has left files open', () => {
  it('is tried again after a while, and not before', async () => {
    lab.server.faults.add({
      ...{ type: 'error', code: 'AccessDenied', message: 'not you' },
      ...{ operation: 'PutObject', key: /one/ },
    });
    await left.service.start();
    await until(left.service, ({ failures, work }) => failures.length > 0 && work === null);
    expect(await lookOf({ retryEvery: NEVER })).toBe(0);
    expect(await lookOf({ retryEvery: 1 })).toBe(1);
  });
});

it('somebody else’s step back ends the copying of this process', async () => {
  const one = await lab.start({ bandwidth: 1_024, concurrency: 1 });
  await until(one.service, ({ mode }) => mode.reached);
  await one.service.start();
  await until(one.service, ({ work }) => work?.phase === 'working');
  const { registry } = left.service.options;
  await wantMode({ registry, mode: 'prepare' });
  const { mode } = await rested(one.service);
  expect(mode.wanted).toBe('prepare');
});
