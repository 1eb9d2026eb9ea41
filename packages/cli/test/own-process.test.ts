import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetMember } from '@org/storage-hybrid';
import { sqliteFleetRegistry } from '@org/storage-migration';
import Database from 'libsql';
import { expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

/** Other suites run most commands in their own process, where nothing shows what a command has left open. */
it('every command ends its process, and tells by the exit code how it went', async () => {
  const { storage, place, home } = await setting({ 'a.txt': 'one', 'b/c.txt': 'two' });
  const journal = ['--journal', join(home, 'journal.sqlite')];
  const on = [...place, ...journal];
  const beside = ['--stopped', '--yes'];
  const fleetFile = join(home, 'fleet.sqlite');
  const fleet = ['--fleet', `sqlite:${fleetFile}`];
  const registry = sqliteFleetRegistry(fleetFile);
  const member = new FleetMember({ registry });
  await member.enter('source');
  onTestFinished(async () => {
    await member.leave();
    await registry.close();
  });
  const table = join(home, 'application.sqlite');
  const database = new Database(table);
  database.exec("CREATE TABLE files (path text, provider text NOT NULL DEFAULT 'local')");
  database.close();
  const references = ['--database', `sqlite:${table}`, '--key-column', 'path'];
  const config = join(home, 'storage.yml');
  await writeFile(config, 'storages: { uploads: { provider: memory } }');
  const quiet = ['--quiet', '0'];
  const codes: [code: number, ...args: string[]][] = [
    [0, 'plan', ...place],
    [0, 'migrate', ...on],
    [0, 'verify', ...on, '--full'],
    [0, 'limit', ...on, '--rate', '100'],
    [0, 'pause', ...on],
    [0, 'resume', ...on],
    [0, 'status', ...on],
    [0, 'report', ...journal],
    [0, 'export', ...journal],
    [0, 'references', 'update', ...on, ...references],
    [1, 'references', 'check', ...on, ...references],
    [0, 'retire', ...on, ...beside],
    [0, 'restore', ...on, ...beside],
    [0, 'sweep', ...on, ...beside, '--drain', '0'],
    [0, 'clean', ...on, '--yes'],
    [2, 'revert', ...on, ...beside, '--run', 'none'],
    [3, 'gate', ...on, ...fleet, ...quiet],
    [3, 'cutover', ...on, ...fleet, ...quiet, '--dry-run'],
    [0, 'fleet', ...fleet],
    [0, 'mode', 'prepare', ...fleet, '--no-wait'],
    [0, 'config', 'validate', '--config', config],
    [0, 'completion', 'bash'],
    [0, '--help'],
    [2, 'migrat'],
  ];
  for (const [code, ...args] of codes) {
    const ended = await storage.spawned(...args);
    expect(ended, args.join(' ')).toEqual({ ...ended, code });
  }
}, 240_000);
