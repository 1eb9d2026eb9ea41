import { MemoryStorageProvider } from '@org/storage-core';
import {
  FleetMember,
  type FleetRegistry,
  HybridStorageProvider,
  type Mode,
  memoryFleetRegistry,
  requireStages,
  wantMode,
} from '@org/storage-hybrid';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DrivenClock, HEARTBEAT } from '../../../hybrid/test/fleet/fixtures.js';
import { type ConditionId, cutover, type GateReport, migrate, verify } from '../../src/index.js';
import { memoryWith, temporaryJournal } from '../fixtures.js';

const timing = { heartbeat: HEARTBEAT, drain: 300, margin: 100 };

function shutBy({ conditions }: GateReport): ConditionId[] {
  return conditions.filter(({ holds }) => holds !== true).map(({ id }) => id);
}

/** An application of two processes that go by the registry, and a migration that has done its work beside them. */
async function fleet(given: { readonly registry?: FleetRegistry } = {}) {
  const { registry = memoryFleetRegistry() } = given;
  const source = await memoryWith({ a: '1', b: '2' });
  const target = new MemoryStorageProvider({ name: 'target' });
  const journal = await temporaryJournal();
  const clock = new DrivenClock();
  const start = async (initial: Mode) => {
    const neighbours = new FleetMember({ registry, clock, ...timing });
    const mode = neighbours.wanted(initial);
    const storage = new HybridStorageProvider({ source, target, mode, neighbours });
    onTestFinished(() => storage.close());
    await storage.exists('a');
    return storage;
  };
  const processes = [await start('hybrid'), await start('hybrid')];
  await clock.advance(3 * HEARTBEAT);
  await migrate({ source, target, journal, live: true });
  await verify({ source, target, journal });
  for (const key of ['a', 'b']) await source.delete(key);
  const options = { source, journal, registry, clock, ...timing, quiet: 0 };
  const stages = () => processes.map(({ stage }) => stage);
  return { source, journal, registry, clock, start, options, stages };
}

describe('the cutover', () => {
  it('brings all processes to the target, and releases its lease', async () => {
    const { registry, clock, options, stages } = await fleet();
    const told: (readonly string[])[] = [];
    const cut = cutover({ ...options, onWait: (behind) => told.push(behind) });
    await clock.advance(5 * HEARTBEAT);
    expect(await cut).toMatchObject({ outcome: 'done', gate: { open: true } });
    expect(stages()).toEqual(['target', 'target']);
    expect(told[0]).toHaveLength(2);
    expect((await registry.list()).map(({ member }) => member.role)).toEqual([
      'application',
      'application',
    ]);
  });

  it('is refused while the gate is shut, with all that keeps it so, and changes nothing', async () => {
    const { source, registry, options, stages } = await fleet();
    await source.upload('c', '3');
    await wantMode({ registry, mode: 'hybrid' });
    const report = await cutover({ ...options, quiet: 1e9 });
    expect(report.outcome).toBe('shut');
    expect(report.gate && shutBy(report.gate)).toEqual(['inventory', 'retired', 'quiet']);
    expect((await registry.wanted())?.wanted.mode).toBe('hybrid');
    expect(stages()).toEqual(['settled', 'settled']);
    expect(await registry.list()).toHaveLength(2);
  });

  it('changes nothing in a dry run', async () => {
    const { registry, options } = await fleet();
    expect(await cutover({ ...options, dryRun: true })).toMatchObject({ outcome: 'open' });
    expect(await registry.wanted()).toBeUndefined();
    expect(await registry.list()).toHaveLength(2);
  });

  it('is refused beside a migrator, and keeps others from beginning meanwhile', async () => {
    const { registry, clock, options } = await fleet();
    const migrator = await requireStages({ registry, clock, ...timing, allowed: ['settled'] });
    const refused = await cutover(options);
    expect(refused.gate && shutBy(refused.gate)).toEqual(['no-migrator']);
    await migrator.release();
    const cut = cutover(options);
    await clock.advance(0);
    const late = requireStages({ registry, clock, ...timing, allowed: ['settled', 'target'] });
    await expect(late).rejects.toThrow('is at work');
    await clock.advance(5 * HEARTBEAT);
    expect((await cut).outcome).toBe('done');
  });

  it('looks at the gate once more when nobody can come in between any more', async () => {
    const { source, registry, options } = await fleet();
    const late: FleetRegistry = {
      ...registry,
      async nextToken() {
        await source.upload('late', 'x'); // while the lease is being given
        return registry.nextToken();
      },
    };
    const report = await cutover({ ...options, registry: late });
    expect(report.gate && shutBy(report.gate)).toEqual(['inventory', 'retired']);
    expect(await registry.wanted()).toBeUndefined();
    expect(await registry.list()).toHaveLength(2);
  });

  it('sets no mode once it may have been taken for gone', async () => {
    const registry = memoryFleetRegistry();
    const { clock, options } = await fleet({ registry });
    let looks = 0;
    const slow: FleetRegistry = {
      ...registry,
      async wanted() {
        looks++;
        if (looks === 2) clock.pause(10 * HEARTBEAT + 300); // the one that comes with the change
        return registry.wanted();
      },
    };
    const cut = cutover({ ...options, registry: slow });
    await expect(cut).rejects.toMatchObject({ code: 'Conflict', retryable: false });
    expect(await registry.wanted()).toBeUndefined();
  });

  it('says who is not there when its time is over, and goes on when it is run again', async () => {
    const { source, registry, clock, start, options, stages } = await fleet();
    const neighbours = new FleetMember({ registry, clock, ...timing, newId: () => 'flagged' });
    const target = new MemoryStorageProvider({ name: 'target' });
    let mode: Mode = 'hybrid';
    const flagged = new HybridStorageProvider({ source, target, mode: () => mode, neighbours });
    onTestFinished(() => flagged.close());
    await flagged.exists('a');
    await clock.advance(3 * HEARTBEAT);
    const cut = cutover({ ...options, timeout: 10 * HEARTBEAT });
    const outcome = expect(cut).rejects.toMatchObject({
      code: 'Timeout',
      message: expect.stringMatching(/"target", which stays wanted: .*flagged.*does not go by/),
    });
    await clock.advance(12 * HEARTBEAT);
    await outcome;
    expect((await registry.wanted())?.wanted.mode).toBe('target');
    expect(stages()).toEqual(['target', 'target']);
    await source.upload('leftover', 'x'); // nobody asks for the gate any more: it was open
    mode = 'target';
    await clock.advance(3 * HEARTBEAT);
    const again = await cutover(options);
    expect(again).toMatchObject({ outcome: 'done', wanted: { mode: 'target', number: 1 } });
    expect(again.gate).toBeUndefined();
    expect(await cutover(options)).toMatchObject({ outcome: 'done', wanted: { number: 1 } });
    expect((await start('source')).stage).toBe('target');
  });

  it('can be gone back from, step by step', async () => {
    const { registry, clock, options, stages } = await fleet();
    const cut = cutover(options);
    await clock.advance(5 * HEARTBEAT);
    await cut;
    for (const [mode, stage] of [
      ['hybrid', 'settled'],
      ['prepare', 'prepare'],
    ] as const) {
      await wantMode({ registry, mode });
      await clock.advance(6 * HEARTBEAT);
      expect(stages()).toEqual([stage, stage]);
    }
  });
});
