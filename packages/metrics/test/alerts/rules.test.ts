import { eventChannel } from '@org/storage-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  type Alert,
  type AlertRule,
  DEFAULT_RULES,
  logSink,
  type WatchAlertsOptions,
  watchAlerts,
} from '../../src/index.js';
import { perform, temporaryDirectory } from '../fixtures.js';

const MINUTE = 60_000;

/** A watch whose clock stands still, and what it has told. */
function watched(options: Partial<WatchAlertsOptions> = {}) {
  let time = Date.UTC(2026, 0, 1);
  const told: Alert[] = [];
  const sink = { send: (alerts: readonly Alert[]) => void told.push(...alerts) };
  const watch = watchAlerts({ sinks: [sink], now: () => time, every: 3_600_000, ...options });
  onTestFinished(() => watch.close());
  return {
    watch,
    told,
    /** Lets time go by, and looks. @returns the alerts that were told then, such as `firing StorageThrottled`. */
    async after(milliseconds: number): Promise<string[]> {
      time += milliseconds;
      const before = told.length;
      await watch.check();
      return told.slice(before).map(({ state, alert }) => `${state} ${alert}`);
    },
  };
}

const rulesOf = (...names: string[]) => DEFAULT_RULES.filter(({ alert }) => names.includes(alert));

const migration = eventChannel('org.storage.migration');
const tell = (step: Parameters<typeof migration.publish>[0]['step'], kind = 'migrate') =>
  migration.publish({ run: `${kind} 1`, kind, step });

it('fires once when a rule has held for its time, and is resolved when it holds no more', async () => {
  const { after, told } = watched({ rules: rulesOf('StorageFailureRate') });
  expect(await after(0)).toEqual([]);
  await perform('p', 30, 'Timeout');
  await perform('q', 30);
  expect(await after(MINUTE)).toEqual([]);
  expect(await after(MINUTE)).toEqual([]);
  expect(await after(MINUTE)).toEqual(['firing StorageFailureRate']);
  expect(await after(MINUTE)).toEqual([]);
  expect(told[0]).toMatchObject({ labels: { provider: 'p' }, value: 1, severity: 'critical' });
  await perform('p', 1000);
  expect(await after(MINUTE)).toEqual(['resolved StorageFailureRate']);
  expect(told[1]?.until?.getTime()).toBe((told[0]?.since.getTime() ?? 0) + 2 * MINUTE);
});

it('what holds too shortly never fires, and begins anew', async () => {
  const { after } = watched({ rules: rulesOf('StorageFailureRate') });
  await perform('p', 30, 'Timeout');
  await after(0);
  await perform('p', 1000);
  expect(await after(MINUTE)).toEqual([]);
  await perform('p', 1000, 'Timeout');
  expect(await after(MINUTE)).toEqual([]);
  expect(await after(MINUTE)).toEqual([]);
  expect(await after(MINUTE)).toEqual(['firing StorageFailureRate']);
});

it('too few operations say nothing, and neither do answers of a healthy store', async () => {
  const { after } = watched({ rules: rulesOf('StorageFailureRate') });
  await perform('p', 19, 'Timeout');
  await perform('q', 100, 'NotFound');
  await after(0);
  expect(await after(3 * MINUTE)).toEqual([]);
});

it('failures of long ago count no longer', async () => {
  const { after } = watched({ rules: rulesOf('StorageThrottled') });
  await perform('p', 50, 'Throttled');
  await after(0);
  for (let minute = 1; minute < 5; minute++) await after(MINUTE);
  expect(await after(4 * MINUTE)).toEqual([]);
  await perform('p', 50, 'Throttled');
  await after(0);
  expect(await after(5 * MINUTE - 1)).toEqual([]);
});

it('is told again while it fires, after the time for that, and not before', async () => {
  const { after } = watched({ rules: rulesOf('StorageSyncFailing'), repeat: 60 * MINUTE });
  eventChannel('org.storage.sync').publish({ type: 'round', failures: 3, healthy: false });
  const firing = ['firing StorageSyncFailing'];
  expect(await after(0)).toEqual(firing);
  expect(await after(59 * MINUTE)).toEqual([]);
  expect(await after(MINUTE)).toEqual(firing);
  expect(await after(MINUTE)).toEqual([]);
  eventChannel('org.storage.sync').publish({ type: 'round', failures: 0, healthy: true });
  expect(await after(0)).toEqual(['resolved StorageSyncFailing']);
});

it('a migration that does not get on is stalled, unless it waits or has nothing to do', async () => {
  const { after, watch } = watched({ rules: rulesOf('StorageMigrationStalled') });
  const some = { files: 5, bytes: 500 };
  tell({ type: 'started' });
  tell({ type: 'scanned', seen: some, todo: some });
  expect(await after(10 * MINUTE)).toEqual([]);
  expect(await after(1000)).toEqual(['firing StorageMigrationStalled']);
  expect(watch.firing).toMatchObject([{ alert: 'StorageMigrationStalled', value: 601 }]);
  tell({ type: 'transfer', key: 'large', bytes: 100 });
  expect(await after(0)).toEqual(['resolved StorageMigrationStalled']);
  tell({ type: 'pace', waiting: 'window' });
  expect(await after(600 * MINUTE)).toEqual([]);
  tell({ type: 'pace' });
  expect(await after(9 * MINUTE)).toEqual([]);
  for (let i = 0; i < 5; i++) tell({ type: 'file', key: `${i}`, size: 100, state: 'copied' });
  expect(await after(60 * MINUTE)).toEqual([]);
  tell({ type: 'ended', outcome: 'complete' });
  expect(await after(60 * MINUTE)).toEqual([]);
});

it('files that a verification finds wrong, and runs that are stopped, are told at once', async () => {
  const { after, told } = watched({ runbooks: 'https://wiki.example' });
  expect(await after(0)).toEqual([]);
  tell({ type: 'started' }, 'verify');
  tell({ type: 'verified', key: 'k', size: 1, result: 'ok' }, 'verify');
  expect(await after(MINUTE)).toEqual([]);
  tell({ type: 'verified', key: 'k', size: 1, result: 'different' }, 'verify');
  tell({ type: 'ended', outcome: 'stopped' }, 'verify');
  expect((await after(MINUTE)).toSorted()).toEqual([
    'firing StorageMigrationStopped',
    'firing StorageVerificationFailed',
  ]);
  expect(told.map(({ labels }) => labels)).toEqual([{ kind: 'verify' }, { result: 'different' }]);
  expect(told.map(({ runbook }) => runbook)).toEqual([
    'https://wiki.example/alerts.md#storagemigrationstopped',
    'https://wiki.example/alerts.md#storageverificationfailed',
  ]);
});

it('reads of the source are told after the cutover only', async () => {
  let done = false;
  const rules = rulesOf('StorageFallbackReads');
  const { after } = watched({ rules, cutOver: () => done });
  const read = () =>
    eventChannel('org.storage.hybrid').publish({
      ...{ type: 'source-read', provider: 'files', key: 'k', reason: 'not-copied' },
    });
  read();
  expect(await after(MINUTE)).toEqual([]);
  done = true;
  expect(await after(10 * MINUTE)).toEqual([]);
  read();
  expect(await after(MINUTE)).toEqual(['firing StorageFallbackReads']);
});

it('a spool that grows is told, one that is full or shrinks is not growing', async () => {
  const { after } = watched({ rules: rulesOf('StorageSpoolGrowing', 'StorageSpoolFull') });
  const spool = eventChannel('org.storage.spool');
  const status = (entries: number) =>
    spool.publish({ type: 'status', provider: 'p', entries, bytes: entries, oldest: undefined });
  const found: string[] = [];
  for (let minute = 0; minute <= 21; minute++) {
    status(minute);
    found.push(...(await after(MINUTE)));
  }
  expect(found).toEqual(['firing StorageSpoolGrowing']);
  status(0);
  expect(await after(0)).toEqual(['resolved StorageSpoolGrowing']);
  spool.publish({ type: 'full', provider: 'p', key: 'k', used: 1, maxBytes: 1 });
  expect(await after(0)).toEqual(['firing StorageSpoolFull']);
});

it('what a gauge was at the first look is no change', async () => {
  const rules = rulesOf('StorageSpoolGrowing').map((rule) => ({ ...rule, for: 0 }));
  const { after } = watched({ rules });
  const spool = eventChannel('org.storage.spool');
  const status = (entries: number) =>
    spool.publish({ type: 'status', provider: 'p', entries, bytes: entries, oldest: undefined });
  status(5);
  expect(await after(0)).toEqual([]);
  expect(await after(MINUTE)).toEqual([]);
  status(6);
  expect(await after(MINUTE)).toEqual(['firing StorageSpoolGrowing']);
});

it('a disk that fills up is told, by what is free of its size', async () => {
  const disk = (below: number): AlertRule[] =>
    rulesOf('StorageDiskFilling').map((rule) => ({ ...rule, below, for: 0 }));
  const disks = { source: await temporaryDirectory(), gone: '/no/such/directory' };
  const full = watched({ disks, rules: disk(1) });
  expect(await full.after(0)).toEqual(['firing StorageDiskFilling']);
  expect(full.told[0]).toMatchObject({ labels: { disk: 'source' } });
  const roomy = watched({ disks, rules: disk(0) });
  expect(await roomy.after(0)).toEqual([]);
});

it('closing looks once more, and a sink that throws stops neither it nor the others', async () => {
  const errors: unknown[] = [];
  const lines: string[] = [];
  const trouble = new Error('no sink');
  const { watch } = watched({
    rules: rulesOf('StorageSyncFailing'),
    sinks: [
      {
        send() {
          throw trouble;
        },
        close: () => Promise.reject(trouble),
      },
      logSink((line) => lines.push(line)),
    ],
    onError(error) {
      errors.push(error);
      throw new Error('this does not count either');
    },
  });
  eventChannel('org.storage.sync').publish({ type: 'round', failures: 4, healthy: false });
  await watch.close();
  expect(lines).toEqual([
    'firing StorageSyncFailing (warning): Three rounds of the background sync, or more, have failed in a row. (value 4)',
  ]);
  expect(errors).toEqual([trouble, trouble]);
});

it('a line of the log stays one, whatever a provider is called', async () => {
  const lines: string[] = [];
  const { after } = watched({
    rules: rulesOf('StorageFailureRate').map((rule) => ({ ...rule, for: 0 })),
    sinks: [logSink((line) => lines.push(line))],
  });
  await perform('a\nb', 20, 'Timeout');
  await after(0);
  expect(lines).toEqual([expect.stringContaining('provider="a\\nb": ')]);
});

const rule = { alert: 'A', severity: 'warning', summary: 's' } as const;
const gauge = { metric: 'healthy' } as const;
const counter = { metric: 'operations', over: 1 } as const;

it.each<[string, AlertRule, RegExp]>([
  ['no threshold', { ...rule, measure: gauge }, /either above or below/],
  ['two', { ...rule, measure: gauge, above: 1, below: 1 }, /either above or below/],
  ['no number', { ...rule, measure: gauge, above: Number.NaN }, /number/],
  ['a counter over no time', { ...rule, measure: { metric: 'operations' }, above: 1 }, /over what/],
  ['a histogram', { ...rule, measure: { metric: 'operationDuration' }, above: 1 }, /histogram/],
  [
    'a wrong label',
    { ...rule, measure: { ...gauge, where: { key: ['k'] } }, above: 1 },
    /no label/,
  ],
  ['a wrong group', { ...rule, measure: counter, by: ['key'], above: 1 }, /no label key/],
  ['a wrong name', { ...rule, alert: 'a b', measure: gauge, above: 1 }, /letters/],
  ['a share of two kinds', { ...rule, measure: counter, per: gauge, above: 1 }, /two counters/],
  ['a time below 0', { ...rule, measure: gauge, above: 1, for: -1 }, /milliseconds/],
])('refuses a rule with %s', (_, wrong, why) => {
  const make = () => watchAlerts({ sinks: [], rules: [wrong] });
  expect(make).toThrow(
    expect.objectContaining({ code: 'InvalidArgument', message: expect.stringMatching(why) }),
  );
});

it('refuses two rules of one name, and times that are none', () => {
  const one: AlertRule = { ...rule, measure: gauge, above: 1 };
  expect(() => watchAlerts({ sinks: [], rules: [one, one] })).toThrow(/two of them/);
  expect(() => watchAlerts({ sinks: [], every: 0 })).toThrow(/every/);
  expect(() => watchAlerts({ sinks: [], repeat: Number.NaN })).toThrow(/repeat/);
  expect(() => watchAlerts({ sinks: [], runbooks: 'wiki' })).toThrow(/runbooks/);
});
