import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FleetMember,
  type FleetRegistry,
  HybridStorageProvider,
  storageFleetRegistry,
} from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { postgresFleetRegistry, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { startPostgres } from '@org/storage-testkit/postgres';
import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, expectOneSentence, setting } from './fixtures.js';

type Setting = Awaited<ReturnType<typeof setting>>;

/** A process of the application, in this one. */
async function application({ directory, server }: Setting, registry: FleetRegistry) {
  const { endpoint, region, credentials } = server;
  const neighbours = new FleetMember({ registry, heartbeat: 50, note: 'release 7' });
  const storage = new HybridStorageProvider({
    source: new LocalStorageProvider({ root: directory }),
    target: new S3StorageProvider({
      ...{ bucket: 'bucket', prefix: 'files', endpoint, region, credentials },
    }),
    mode: neighbours.wanted('source'),
    neighbours,
  });
  onTestFinished(() => storage.close());
  await storage.exists('a.txt');
  return storage;
}

/** An application whose processes know each other from a SQLite file, and its migration. */
async function withSqlite() {
  const made = await setting(
    { 'a.txt': 'one', 'b/c.txt': 'two' },
    { buckets: ['bucket', 'fleet'] },
  );
  const file = join(made.home, 'fleet.sqlite');
  const registry = sqliteFleetRegistry(file);
  onTestFinished(() => registry.close());
  const fleet = ['--fleet', `sqlite:${file}`] as const;
  return { ...made, registry, fleet, storageOf: () => application(made, registry) };
}

describe('the operator’s way', () => {
  it('from the first step over the gate to the target, and back', {
    timeout: 180_000,
  }, async () => {
    const { storage, directory, place, fleet, storageOf } = await withSqlite();
    const process = await storageOf();
    const shown = await storage.run('fleet', ...fleet);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toMatch(/^wanted mode: none was set/);
    expect(shown.stdout).toMatch(/^application \d+ on .*: source$/m);
    expect(shown.stdout).toContain('release 7');

    const early = await storage.run('mode', 'hybrid', ...fleet);
    expect(early).toMatchObject({ code: 3 });
    expect(early.stderr).toContain('is in the stage "source"');
    for (const [mode, stage] of [
      ['prepare', 'prepare'],
      ['hybrid', 'settled'],
    ] as const) {
      const reached = await storage.run('mode', mode, ...fleet);
      expect(reached).toMatchObject({ code: 0 });
      expect(reached.stdout).toContain(`all processes are in the mode ${mode}`);
      expect(process.stage).toBe(stage);
    }

    await process.stat('a.txt');
    await storage.run('migrate', ...place);
    const shut = await storage.run('gate', ...place, ...fleet);
    expect(shut).toMatchObject({ code: 3 });
    expect(shut.stdout).toContain('The gate is shut: verified, retired, quiet.');
    expect(shut.stdout).toMatch(
      /^SHUT +retired +2 files are in the source, such as a.txt\n +→ run/m,
    );
    expect(shut.stdout).toMatch(/^holds +members +1 process registered, all beyond/m);
    const refused = await storage.run('cutover', ...place, ...fleet, '--yes');
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stdout).toContain('The gate is shut: verified, retired, quiet.');
    expect(process.stage).toBe('settled');

    await storage.run('verify', ...place);
    for (const name of ['a.txt', 'b']) await rm(join(directory, name), { recursive: true });
    const now = ['--quiet', '0'] as const;
    const open = await storage.run('gate', ...place, ...fleet, ...now, '--json');
    expect(open).toMatchObject({ code: 0 });
    expect(JSON.parse(open.stdout)).toMatchObject({ type: 'gate', open: true });
    const dry = await storage.run('cutover', ...place, ...fleet, ...now, '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(process.stage).toBe('settled');
    for (let times = 1; times <= 2; times++) {
      const cut = await storage.run('cutover', ...place, ...fleet, ...now, '--yes');
      expect(cut).toMatchObject({ code: 0 });
      expect(cut.stdout).toContain('All processes are in the mode target.');
      expect(process.stage).toBe('target');
    }
    expect((await process.stat('b/c.txt')).size).toBe(3);

    for (const mode of ['hybrid', 'prepare'] as const)
      expect(await storage.run('mode', mode, ...fleet)).toMatchObject({ code: 0 });
    const nameless = await storage.run('mode', 'source', ...fleet);
    expect(nameless).toMatchObject({ code: 3 });
    expect(nameless.stderr).toContain('--target');
    const [, url, ...server] = place;
    const hidden = await storage.run('mode', 'source', ...fleet, '--target', url, ...server);
    expect(hidden).toMatchObject({ code: 3 });
    expect(hidden.stderr).toContain('s3://bucket/files is not empty');
    expect(process.stage).toBe('prepare');
  });

  it('back to the source while the bucket has nothing', async () => {
    const { storage, place, fleet, storageOf } = await withSqlite();
    const process = await storageOf();
    await storage.run('mode', 'prepare', ...fleet);
    const [, url, ...server] = place;
    const back = await storage.run('mode', 'source', ...fleet, '--target', url, ...server);
    expect(back).toMatchObject({ code: 0 });
    expect(process.stage).toBe('source');
  });
});

describe('storage fleet --watch', () => {
  it('goes on looking until it is interrupted, and removes who was killed', async () => {
    const { storage, registry, fleet } = await withSqlite();
    const about = { role: 'application', stages: ['prepare'], host: 'host', pid: 1 } as const;
    const started = '2024-05-06T07:08:09.000Z';
    await registry.join({ ...about, id: 'killed', beat: 1, drain: 1_000, started });
    const child = storage.start('fleet', ...fleet, '--watch');
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    const removed = new Promise<void>((resolve) => {
      let told = '';
      child.stdout?.on('data', (chunk) => {
        told += String(chunk);
        if (told.includes('nobody is in the registry')) resolve();
      });
    });
    await Promise.race([removed, end]);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout).toContain('(killed)');
    expect(await registry.list()).toEqual([]);
  });
});

describe('storage mode', () => {
  it('leaves target to the cutover, unless it is forced', async () => {
    const { storage, registry, fleet } = await withSqlite();
    const refused = await storage.run('mode', 'target', ...fleet);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr).toContain('storage cutover');
    expect(await registry.wanted()).toBeUndefined();
    const forced = await storage.run('mode', 'target', ...fleet, '--force', '--no-wait', '--json');
    expect(forced).toMatchObject({ code: 0 });
    expect(JSON.parse(forced.stdout)).toMatchObject({ type: 'wanted', mode: 'target', number: 1 });
  });

  it('says who is not there when its time is over, and the mode stays wanted', async () => {
    const { storage, registry, fleet } = await withSqlite();
    const stuck = new FleetMember({ registry, newId: () => 'stuck' });
    await stuck.enter('source');
    onTestFinished(() => stuck.leave());
    const late = await storage.run('mode', 'prepare', ...fleet, '--timeout', '1s');
    expect(late).toMatchObject({ code: 1 });
    expect(late.stderr).toMatch(/^waiting: .*stuck.* is in the stage "source"/m);
    expect(late.stderr).toMatch(/^storage: .*which stays wanted: .*stuck/m);
    expect((await registry.wanted())?.wanted.mode).toBe('prepare');
  });
});

describe('storage cutover', () => {
  it('asks, and where it can’t it wants to be told', async () => {
    const { storage, server, place, fleet } = await withSqlite();
    const cut = await storage.run('cutover', ...place, ...fleet);
    expect(cut.code).toBe(2);
    expectOneSentence(cut, server, /--yes, or --dry-run/);
  });

  it('needs the migration’s journal, and makes none', async () => {
    const { storage, server, place, fleet } = await withSqlite();
    for (const command of [['cutover', '--yes'], ['gate']]) {
      const missing = await storage.run(...command, ...place, ...fleet);
      expect(missing.code).toBe(2);
      expectOneSentence(missing, server, /there is no journal/);
    }
  });
});

describe('the registry that a command is given', () => {
  it('is the one that the application uses, in a bucket', async () => {
    const made = await setting({ 'a.txt': 'one' }, { buckets: ['bucket', 'fleet'] });
    const { endpoint, region, credentials } = made.server;
    const bucket = new S3StorageProvider({ bucket: 'fleet', endpoint, region, credentials });
    onTestFinished(() => bucket.close());
    await application(made, storageFleetRegistry(bucket));
    const shown = await made.storage.run('fleet', '--fleet', 's3://fleet', '--endpoint', endpoint);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain('release 7');
  });

  it('is the one that the application uses, in PostgreSQL', { timeout: 180_000 }, async () => {
    await using postgres = await startPostgres();
    const made = await setting({ 'a.txt': 'one' });
    const pool = new Pool({ connectionString: postgres.url });
    const registry = postgresFleetRegistry(pool, { table: 'processes' });
    const member = new FleetMember({ registry, note: 'release 7' });
    await member.enter('prepare');
    const shown = await made.storage.run('fleet', '--fleet', `${postgres.url}?table=processes`);
    await member.leave();
    await pool.end();
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain('release 7');
    await postgres.stop();
    const gone = await made.storage.run('fleet', '--fleet', postgres.url);
    expect(gone.code).toBe(1);
    expectOneSentence(gone, made.server, /the fleet’s registry can’t be used/);
    expect(gone.stderr).not.toContain(postgres.password);
  });

  it('is not made, guessed or mistaken for something else', async () => {
    const { storage, server, home } = await setting({});
    const notes = join(home, 'notes.txt');
    await writeFile(notes, 'to do '.repeat(1000));
    for (const [where, about] of [
      [`sqlite:${join(home, 'none.sqlite')}`, /there is no registry/],
      [`sqlite:${notes}`, /is not a fleet’s registry/],
      ['fleet.sqlite', /--fleet takes sqlite:FILE/],
      ['s3://', /is not an S3 address/],
    ] as const) {
      const failed = await storage.run('fleet', '--fleet', where);
      expect(failed.code).toBe(2);
      expectOneSentence(failed, server, about);
    }
    expect(await storage.run('fleet')).toMatchObject({ code: 2 });
  });
});
