import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import {
  type FleetClock,
  FleetMember,
  type FleetRegistry,
  HybridStorageProvider,
  memoryFleetRegistry,
  requireStages,
  type Stage,
} from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { explore, type Scenario } from '@org/storage-testkit/simulator';
import { expect, onTestFinished, test, vi } from 'vitest';
import { foldNames, onCall } from '../../../local/test/faults.js';
import { migrate } from '../../src/index.js';
import {
  contentOf,
  keysOf,
  memoryWith,
  quickly,
  temporaryDirectory,
  temporaryJournal,
} from '../fixtures.js';
import { read, write } from './clients.js';
import { fleetTraces } from './scenarios/fleet-traces.js';
import { traces } from './scenarios/traces.js';
import { World } from './world.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('../../../local/test/faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('../../../local/test/faults.js')).hookCallbacks(await original()),
);

const simulated = { ...traces, ...fleetTraces };

/** No schedule may violate what the scenario of that name checks: of all that there are, or of so many seeds. */
function holds(trace: keyof typeof simulated, schedules: 'all' | number = 'all'): void {
  test(trace, async () => {
    const scenario = simulated[trace];
    const which = schedules === 'all' ? schedules : { seeds: [1, schedules] as const };
    const found = await explore({ scenario, schedules: which });
    if (found.violation !== undefined) throw found.violation.error;
    expect(found.complete).toBe(true);
  });
}

/** That what a scenario checks is seen where its guard is missing. */
async function expectViolation(scenario: Scenario, what: string): Promise<void> {
  const { violation } = await explore({ scenario, schedules: { seeds: [1, 1_000] } });
  expect(violation?.error.message).toContain(what);
}

const STOPPED: FleetClock = { now: () => 0, every: () => ({ stop() {} }) };

/** A process that is in a stage, in a fleet whose time stands still. */
async function memberIn(registry: FleetRegistry, stage: Stage): Promise<FleetMember> {
  const member = new FleetMember({ registry, clock: STOPPED });
  expect(await member.enter(stage)).toBeUndefined();
  await member.entered(stage);
  return member;
}

function leaseOf(registry: FleetRegistry) {
  return requireStages({ registry, clock: STOPPED, allowed: ['hybrid', 'settled'] });
}

async function localIn(root: string): Promise<LocalStorageProvider> {
  const provider = new LocalStorageProvider({ root });
  onTestFinished(() => provider.close());
  return provider;
}

/** Neither a migration nor an application works on a target that ignores preconditions. */
async function expectRefused(target: StorageProvider): Promise<void> {
  const source = await memoryWith({ k: 'v1' });
  const refused = expect.objectContaining({ code: 'Unsupported' });
  const journal = await temporaryJournal();
  await expect(migrate({ source, target, journal, live: true })).rejects.toEqual(refused);
  const hybrid = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
  await expect(hybrid.upload('k', 'v2')).rejects.toEqual(refused);
  expect(await contentOf(source, 'k')).toBe('v1');
  expect(await keysOf(target)).toEqual([]);
}

holds('1 lost delete');
holds('2 stale overwrite by the backfill');
holds('3 crash between the two writes of a naive dual write');
holds('4 verify, then unlink a newer file');
holds('5 torn read of a file written in place');
holds('6 clean-up of a failed copy deletes a newer object');
holds('7 ambiguous 412 after a lost answer');
holds('8 promotion on read resurrects');
holds('9 double miss between two looks');
holds('10 delete while the target is down', 500);
holds('11 overwrite during an outage, then recovery', 500);
holds('12 two hosts spool the same key', 1_000);
holds('13 late drain over a newer write', 2_000);
holds('14 disks not shared by all hosts', 500);
holds('15 zombie PUT after a time-out');
holds('16 late CompleteMultipartUpload after a delete');
holds('17 orphaned parts after a crash');
holds('18 crash after PUT, before the journal');
holds('19 crash after unlink, before the journal', 500);
holds('20 compensation after commit');
holds('21 an item that fails behind a moving cursor', 500);
holds('22 rename while the scan has passed', 500);
holds('23 crash inside a rename', 500);
holds('24 an old-mode process writes after the scan');

test('24 an old-mode process writes after the scan: neither begins beside the other', async () => {
  const registry = memoryFleetRegistry();
  for (const stage of ['source', 'prepare'] as const) {
    const old = await memberIn(registry, stage);
    await expect(leaseOf(registry)).rejects.toThrow(`is in the stage "${stage}"`);
    await old.leave();
  }
  const lease = await leaseOf(registry);
  for (const stage of ['source', 'prepare'] as const) {
    const member = new FleetMember({ registry, clock: STOPPED });
    expect(await member.enter(stage)).toContain('the migrator');
  }
  await lease.release();
});

holds('25 early cutover', 500);

test('25 early cutover: no process is in the mode target while one is not settled', async () => {
  const registry = memoryFleetRegistry();
  for (const stage of ['source', 'prepare', 'hybrid'] as const) {
    const behind = await memberIn(registry, stage);
    const early = new FleetMember({ registry, clock: STOPPED });
    expect(await early.enter('target')).toContain(`is in the stage "${stage}"`);
    await behind.leave();
  }
  await memberIn(registry, 'settled');
  await memberIn(registry, 'target');
});

holds('26 rollback after cloud-only writes');
holds('27 both directions at once');
holds('28 a lease that expires while its holder is paused (fencing token)', 1_500);
holds('29 ETag ABA (same content re-created)');
holds('30 an error taken for absence');

test('31 a server that ignores preconditions is refused: an S3 server, as it is probed', async () => {
  const server = await startS3Server({ buckets: ['bucket'] });
  const { endpoint, region, credentials } = server;
  const target = new S3StorageProvider({ bucket: 'bucket', endpoint, region, credentials });
  onTestFinished(async () => {
    await target.close();
    await server.close();
  });
  server.faults.add({ type: 'ignore-preconditions' });
  await expectRefused(target);
});

test('31 a server that ignores preconditions loses writes: the simulator sees it', () =>
  expectViolation((simulation) => {
    const world = new World(simulation, {
      source: { k: 'v1' },
      targetOptions: { ignoresConditions: true },
    });
    world.application('A', 'hybrid', [write('v2')]);
    world.backfill('B');
    return () => world.checkHistory();
  }, 'not linearizable'));

test('32 key collisions (case, Unicode form): on a disk that takes them for one name, the second is refused', async () => {
  const names = [
    ['Photo.jpg', 'photo.jpg'],
    ['caf\u00e9', 'cafe\u0301'],
  ].map((pair) => pair.sort());
  const source = await memoryWith(Object.fromEntries(names.flat().map((key) => [key, key])));
  foldNames();
  const target = await localIn(await temporaryDirectory());
  const journal = await temporaryJournal();
  const options = { source, target, journal, concurrency: 1, retry: quickly };
  const { outcome, files } = await migrate(options);
  expect(outcome).toBe('incomplete');
  expect([files.copied.files, files.failed.files]).toEqual([2, 2]);
  for (const [first = '', second = ''] of names) {
    expect(await contentOf(target, first)).toBe(first);
    expect(await target.exists(second)).toBe(false);
    const record = await journal.find((await source.stat(second)).key);
    expect(record?.error?.code).toBe('InvalidKey');
  }
});

test('33 same size, older time: a file that was changed so on a disk is no longer taken for copied', async () => {
  const root = await temporaryDirectory();
  const source = await localIn(root);
  const target = new MemoryStorageProvider();
  const journal = await temporaryJournal();
  await source.upload('k', 'old');
  await migrate({ source, target, journal });
  await writeFile(join(root, 'k'), 'new');
  const older = new Date('2001-01-01');
  await utimes(join(root, 'k'), older, older);
  const { outcome, files } = await migrate({ source, target, journal });
  expect([outcome, files.conflict.files]).toEqual(['incomplete', 1]);
});

test('34 an acknowledgement before fsync: a disk’s comes after the syncs of the file and its directory', async () => {
  const provider = await localIn(await temporaryDirectory());
  await provider.upload('a/k', 'v1');
  const log: string[] = [];
  const body = (path: unknown) => /[/]staging[/][^/]+(?<!\.json)$/.test(String(path));
  onCall(async (call, [path]) => {
    if (call === 'handle.sync' || call === 'fsync') await setTimeout(20); // time to be acknowledged too early
    if (call === 'handle.sync' && body(path)) log.push('file synced');
    if (call === 'rename' && body(path)) log.push('renamed');
    if (call === 'fsync') log.push('directory synced');
  });
  await provider.upload('a/k', 'v2');
  log.push('acknowledged');
  // Before the rename, the directory of the metadata is synced, too.
  const [synced, ...others] = log;
  expect(synced).toBe('file synced');
  expect(others.slice(-3)).toEqual(['renamed', 'directory synced', 'acknowledged']);
});

test('34 an acknowledgement before fsync loses writes: the simulator sees it', () =>
  expectViolation((simulation) => {
    const world = new World(simulation, {
      source: { k: 'v1' },
      sourceOptions: { volatile: true },
      guardsSource: false,
    });
    world.application('A', 'source', [write('v2'), read()]);
    world.background('P', (process) =>
      process.step('the power fails', () => world.source.powerLoss()),
    );
    return () => world.checkHistory('source');
  }, 'not linearizable'));
