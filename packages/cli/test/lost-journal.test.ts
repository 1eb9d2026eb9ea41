import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

/** Files that were retired beside an application, and the journal of that, with a backup from before. */
async function retired() {
  const made = await setting({ 'a.txt': 'one', 'b.txt': 'two' });
  const { home, directory, server, storage, place } = made;
  const registryFile = join(home, 'fleet.sqlite');
  const registry = sqliteFleetRegistry(registryFile);
  const neighbours = new FleetMember({ registry, heartbeat: 50 });
  const { endpoint, region, credentials } = server;
  const application = new HybridStorageProvider({
    source: new LocalStorageProvider({ root: directory }),
    target: new S3StorageProvider({
      ...{ bucket: 'bucket', prefix: 'files', endpoint, region, credentials },
    }),
    mode: neighbours.wanted('source'),
    neighbours,
  });
  onTestFinished(async () => {
    await application.close();
    await registry.close();
  });
  await application.exists('a.txt');
  const fleet = ['--fleet', `sqlite:${registryFile}`];
  const journals = Object.fromEntries(
    ['journal', 'backup', 'new'].map((name) => [name, join(home, `${name}.sqlite`)] as const),
  );
  const { journal = '', backup = '' } = journals;
  const ran = (command: string, name: keyof typeof journals, ...options: readonly string[]) =>
    storage.run(command, ...place, '--journal', journals[name] ?? '', ...options);
  for (const mode of ['prepare', 'hybrid'])
    expect(await storage.run('mode', mode, ...fleet)).toMatchObject({ code: 0 });
  expect(await ran('migrate', 'journal', ...fleet)).toMatchObject({ code: 0 });
  expect(await ran('verify', 'journal', '--live')).toMatchObject({ code: 0 });
  // Nobody writes to it just now: what is in its log belongs to it.
  for (const part of ['', '-wal'])
    if (existsSync(`${journal}${part}`)) await copyFile(`${journal}${part}`, `${backup}${part}`);
  expect(await ran('retire', 'journal', '--yes', ...fleet)).toMatchObject({ code: 0 });
  return { ran, fleet, gate: [...fleet, '--quiet', '0'] };
}

it('a journal that was begun when the files had been retired does not open the gate', async () => {
  const { ran, fleet, gate } = await retired();
  expect(await ran('gate', 'journal', ...gate)).toMatchObject({ code: 0 });
  expect(await ran('migrate', 'new', ...fleet)).toMatchObject({ code: 0 });
  const shut = await ran('gate', 'new', ...gate);
  expect(shut).toMatchObject({ code: 3 });
  expect(shut.stdout).toMatch(/UNKNOWN {2}inventory .* knows no file/);
  expect(shut.stdout).toContain('The gate is shut: inventory.');
  expect(await ran('cutover', 'new', ...gate, '--yes')).toMatchObject({ code: 3 });
  expect(await ran('gate', 'new', ...gate, '--was-empty')).toMatchObject({ code: 0 });
  const dry = await ran('cutover', 'new', ...gate, '--was-empty', '--dry-run');
  expect(dry).toMatchObject({ code: 0 });
});

it('a journal from before the retirement says that it is, at the gate and when it is to restore', async () => {
  const { ran, fleet, gate } = await retired();
  const restored = await ran('restore', 'backup', '--yes', ...fleet);
  expect(restored).toMatchObject({ code: 0 });
  expect(restored.stdout).toContain('the journal knows of no file that is retired');
  expect(restored.stdout).not.toContain('Complete');
  expect(await ran('verify', 'backup', '--live')).toMatchObject({ code: 0 });
  const shut = await ran('gate', 'backup', ...gate);
  expect(shut).toMatchObject({ code: 3 });
  expect(shut.stdout).toContain('2 gone from the source, not by a retirement in this journal');
  expect(shut.stdout).toContain('bring back the newest, or the files');

  const none = await ran('restore', 'journal', '--yes', ...fleet, '--prefix', 'x/');
  expect(none.stdout).toContain('of 2 retired files, none is among those that were asked for');
  const some = await ran('restore', 'journal', '--yes', ...fleet);
  expect(some.stdout).toMatch(/restored: 2\nComplete/);
});
