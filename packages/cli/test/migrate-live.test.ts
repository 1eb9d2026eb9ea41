import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

it('copies beside an application once that is handed over, and not before', async () => {
  const { storage, home, directory, server, place } = await setting({ a: '1', b: '2', c: '3' });
  const file = `${home}/fleet.sqlite`;
  const registry = sqliteFleetRegistry(file);
  const { endpoint, region, credentials } = server;
  const s3 = { bucket: 'bucket', prefix: 'files', endpoint, region, credentials };
  let mode: 'prepare' | 'hybrid' = 'prepare';
  const application = new HybridStorageProvider({
    source: new LocalStorageProvider({ root: directory }),
    target: new S3StorageProvider({ ...s3, server: 'aws' }),
    mode: () => mode,
    neighbours: new FleetMember({ registry, heartbeat: 100, drain: 60_000 }),
  });
  onTestFinished(async () => {
    await application.close();
    await registry.close();
  });
  await application.exists('a');
  const fleet = ['--fleet', `sqlite:${file}`];
  const early = await storage.run('migrate', ...place, ...fleet);
  expect([early.code, early.stderr]).toEqual([3, expect.stringContaining('"prepare"')]);
  expect(early.stdout).toBe('');
  mode = 'hybrid';
  while (application.stage !== 'settled') await application.exists('a');
  await application.upload('b', 'new');
  await application.delete('c');
  const done = await storage.run('migrate', ...place, ...fleet, '--json');
  expect(done.code).toBe(0);
  const report = JSON.parse(done.stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(report).toMatchObject({ type: 'report', outcome: 'complete' });
  expect(report.files.copied.files).toBe(1);
  const { body } = await application.download('b');
  expect(Buffer.concat(await body.toArray()).toString()).toBe('new');
  expect(await application.exists('c')).toBe(false);
  expect(await registry.list()).toHaveLength(1); // the command has left
});
