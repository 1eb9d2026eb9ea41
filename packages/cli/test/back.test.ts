import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

const HEARTBEAT = 100;

it('files go to a bucket, and back to a directory beside the application', async () => {
  const made = await setting({ 'a.txt': 'one', 'b/c.txt': 'two', 'd.txt': 'three' });
  const { home, directory, server, storage, place } = made;
  for (const [command, ...options] of [
    ['migrate'],
    ['verify'],
    ['retire', '--stopped', '--yes'],
  ] as const)
    expect(await storage.run(command, ...place, ...options)).toMatchObject({ code: 0 });

  const { endpoint, region, credentials } = server;
  const bucket = () =>
    new S3StorageProvider({ bucket: 'bucket', prefix: 'files', endpoint, region, credentials });
  const root = join(home, 'files-back');
  await mkdir(root);
  const registry = sqliteFleetRegistry(join(home, 'fleet.sqlite'));
  const member = new FleetMember({ registry, heartbeat: HEARTBEAT });
  const application = new HybridStorageProvider({
    source: bucket(),
    target: new LocalStorageProvider({ root }),
    mode: member.wanted('source'),
    neighbours: member,
  });
  onTestFinished(async () => {
    await application.close();
    await registry.close();
  });
  await application.upload('a.txt', 'new after the cutover');
  await application.upload('e.txt', 'written to the bucket');

  const fleet = ['--fleet', `sqlite:${join(home, 'fleet.sqlite')}`] as const;
  const back = ['s3://bucket/files', root, '--endpoint', endpoint] as const;
  const stale = join(root, 'a.txt');
  await writeFile(stale, 'left from before');
  const refused = await storage.run('mode', 'prepare', ...fleet, '--target', root);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.stderr).toMatch(
    /files-back has files already, .*: "a.txt"\. Give a new directory/,
  );
  expect(await registry.wanted()).toBeUndefined();
  const begun = await storage.run('migrate', ...back);
  expect(begun).toMatchObject({ code: 3 });
  expect(begun.stderr).toMatch(
    /has files already, .*: "a.txt"\. Give a new directory\. .*say that they are known: --known-files$/m,
  );
  await rm(stale);
  for (const mode of ['prepare', 'hybrid', 'prepare', 'hybrid'])
    expect(await storage.run('mode', mode, ...fleet, '--target', root)).toMatchObject({ code: 0 });
  await application.upload('f.txt', 'written to the directory');
  const dry = await storage.run('migrate', ...back, '--dry-run');
  expect(dry.stdout).toMatch(/^s3:\/\/bucket\/files\/ at .* → .*files-back$/m);
  expect(dry.stdout).toContain('to be copied: 4 files');
  const moved = await storage.run(
    ...['migrate', ...back, ...fleet, '--adopt', directory, '--drain', '1s'],
  );
  expect(moved).toMatchObject({ code: 0 });
  expect(moved.stderr).toMatch(/^waiting 1 s for requests/m);
  expect(await readdir(join(root, '.storage'))).not.toContain('found-empty'); // it holds once
  expect((await stat(join(root, 'b/c.txt'))).nlink).toBe(2); // the archive's
  expect((await stat(join(root, 'a.txt'))).nlink).toBe(1);
  expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('new after the cutover');
  await application.upload('d.txt', 'newer');
  await application.delete('e.txt');

  expect(await storage.run('verify', ...back, '--live')).toMatchObject({ code: 0 });
  const status = await storage.run('status', ...back);
  expect(status.stdout).toContain('s3://bucket/files/');
  const kept = await storage.run('retire', ...back, ...fleet, '--yes');
  expect(kept.code).toBe(2);
  expect(kept.stderr).toContain('a bucket has no archive: give --delete');
  const shut = await storage.run('gate', ...back, ...fleet, '--quiet', '0');
  expect(shut.stdout).toMatch(/^SHUT +retired +2 files are in the source/m);
  const retired = await storage.run('retire', ...back, ...fleet, '--yes', '--delete');
  expect(retired).toMatchObject({ code: 0 });
  const cut = await storage.run('cutover', ...back, ...fleet, '--quiet', '0', '--yes');
  expect(cut).toMatchObject({ code: 0 });
  expect(application.stage).toBe('target');
  const swept = await storage.run('sweep', ...back, ...fleet, '--drain', '0', '--yes');
  expect(swept).toMatchObject({ code: 0 });

  const keys: string[] = [];
  const files = new LocalStorageProvider({ root });
  for await (const entry of files.list()) if (entry.type === 'file') keys.push(entry.key);
  await files.close();
  expect(keys).toEqual(['a.txt', 'b/c.txt', 'd.txt', 'f.txt']);
  expect(await readFile(join(root, 'd.txt'), 'utf8')).toBe('newer');
}, 300_000);

it('what was found of a new directory holds for one way: back in source it is looked at again', async () => {
  const { home, storage } = await setting({});
  const root = join(home, 'files-back');
  await mkdir(root);
  const mode = (name: string) =>
    storage.run('mode', name, '--fleet', `sqlite:${join(home, 'fleet.sqlite')}`, '--target', root);
  const registry = sqliteFleetRegistry(join(home, 'fleet.sqlite'));
  onTestFinished(() => registry.close());
  await registry.list(); // makes it
  const notes = () => readdir(join(root, '.storage'));
  expect(await mode('prepare')).toMatchObject({ code: 0 });
  expect(await notes()).toContain('found-empty');
  expect(await mode('source')).toMatchObject({ code: 0 });
  expect(await notes()).not.toContain('found-empty');

  for (const name of ['prepare', 'hybrid']) expect(await mode(name)).toMatchObject({ code: 0 });
  await writeFile(join(root, 'a'), 'of the application');
  expect(await mode('prepare')).toMatchObject({ code: 0 }); // beyond source, what is there is its own
});

it('what is only for the way to a bucket is refused', async () => {
  const { home, storage, server } = await setting({});
  const root = join(home, 'files-back');
  await mkdir(root);
  const back = ['s3://bucket/files', root, '--endpoint', server.endpoint] as const;
  for (const args of [
    ['restore', ...back, '--stopped', '--yes'],
    ['clean', ...back, '--yes'],
    ['sync', ...back],
    ['migrate', ...back, '--workers', '2'],
    ['migrate', ...back, '--disk', 'web-1'],
    ['migrate', ...back, '--storage-class', 'STANDARD_IA'],
  ]) {
    const refused = await storage.run(...args);
    expect(refused, args.join(' ')).toMatchObject({ code: 2 });
    expect(refused.stderr).toMatch(/way (from a directory )?to a bucket/);
  }
}, 120_000);
