import { expect, it } from 'vitest';
import {
  encodeMemberRecord,
  memoryFleetRegistry,
  parseMemberRecord,
  requireStages,
} from '../../src/index.js';
import { DRAIN, DrivenClock, HEARTBEAT, MARGIN, member } from './fixtures.js';

function setting() {
  const registry = memoryFleetRegistry();
  const clock = new DrivenClock();
  const timing = { clock, heartbeat: HEARTBEAT, drain: DRAIN, margin: MARGIN };
  const ask = (scope?: string) =>
    requireStages({ registry, allowed: ['settled'], scope, ...timing });
  return { registry, clock, ask };
}

it('lets migrators of different scopes work at the same time, and no others', async () => {
  const { ask } = setting();
  const web1 = await ask('web1');
  const web2 = await ask('web2');
  await expect(ask('web1')).rejects.toThrow('is at work');
  await expect(ask()).rejects.toThrow('is at work');
  for (const lease of [web1, web2]) {
    lease.check();
    await lease.release();
  }
  const all = await ask();
  await expect(ask('web1')).rejects.toThrow('is at work');
  await all.release();
});

it('tells in the record since when a member has been in its stage, and of its scope', async () => {
  const { registry, clock, ask } = setting();
  const record = async (id: string) =>
    (await registry.list()).find((entry) => entry.member.id === id)?.member;
  const one = member(registry, clock);
  const enter = async (stage: 'hybrid' | 'settled') => {
    expect(await one.enter(stage)).toBeUndefined();
    await one.entered(stage);
  };
  await enter('hybrid');
  await enter('settled');
  const first = await record(one.id);
  await clock.advance(3 * HEARTBEAT);
  const later = await record(one.id);
  expect(later?.beat).toBeGreaterThan(first?.beat ?? 0);
  expect(later?.since).toBe(first?.since);
  await enter('hybrid');
  await enter('settled');
  expect((await record(one.id))?.stages).toEqual(['settled']);
  expect((await record(one.id))?.since).toBeGreaterThan(first?.since ?? 0);

  const lease = await ask('web1');
  const found = await record(lease.id);
  expect(found).toMatchObject({ scope: 'web1', since: expect.any(Number) });
  if (found !== undefined)
    expect(parseMemberRecord(encodeMemberRecord(found), found.id, 'here')).toEqual(found);
  await lease.release();
});
