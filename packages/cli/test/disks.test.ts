import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { postgresFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postgresServer } from '../../migration/test/postgres.js';
import { type Ended, setting, writeFiles } from './fixtures.js';

const postgres = postgresServer();

/** Two hosts, each a directory of its own, with an application that works on both its directory and the bucket. */
async function hosts() {
  const { url } = await postgres.database();
  const { storage, home, server } = await setting({});
  const pool = new pg.Pool({ connectionString: url });
  pool.on('error', () => {});
  const registry = postgresFleetRegistry(pool);
  onTestFinished(async () => {
    await registry.close();
    await pool.end();
  });
  const target = { bucket: 'bucket', prefix: 'files', ...server } as const;
  const host = async (name: string, files: Readonly<Record<string, string>>) => {
    const directory = join(home, name);
    await writeFiles(directory, files);
    const neighbours = new FleetMember({ registry, heartbeat: 100, drain: 60_000 });
    const application = new HybridStorageProvider({
      source: new LocalStorageProvider({ root: directory }),
      target: new S3StorageProvider({ ...target, server: 'aws' }),
      mode: neighbours.wanted('hybrid'),
      neighbours,
    });
    onTestFinished(() => application.close());
    const settled = async () => {
      while (application.stage !== 'settled') await application.exists('any');
    };
    const place = [directory, 's3://bucket/files', '--endpoint', server.endpoint];
    const on = [...place, '--journal', url, '--disk', name];
    const fleet = ['--fleet', url];
    const run = (command: string, ...options: string[]): Promise<Ended> =>
      storage.run(command, ...on, ...options);
    const beside = (command: string, ...options: string[]) => run(command, ...fleet, ...options);
    /** In a process of its own, as two hosts at once are. */
    const apart = (command: string, ...options: string[]) =>
      storage.spawned(command, ...on, ...options);
    const apartBeside = (command: string, ...options: string[]) =>
      apart(command, ...fleet, ...options);
    return { directory, application, settled, run, beside, apart, apartBeside };
  };
  return { url, storage, host };
}

/** The lines of the conditions and disks that don't hold. */
const shutLines = ({ stdout }: Ended) =>
  stdout.split('\n').flatMap((line) => /^(?:SHUT|UNKNOWN) +(.*)$/.exec(line)?.[1] ?? []);

const quiet = ['--quiet', '0s'];

/** ms: each starts the command many times. */
const SLOW = 180_000;

describe('hosts with disks of their own', () => {
  it(
    'migrate at the same time, and cut over when all disks can be given up',
    async () => {
      const { host } = await hosts();
      const web1 = await host('web1', { a: '1', same: 'x' });
      const web2 = await host('web2', { b: '2', same: 'x' });
      await web1.settled();
      await web2.settled();
      const copied = await Promise.all([web1.apartBeside('migrate'), web2.apartBeside('migrate')]);
      expect(copied.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, expect.stringContaining('__web1)')],
        [0, expect.stringContaining('__web2)')],
      ]);
      expect(await web1.application.exists('b')).toBe(true);

      const retired = await Promise.all(
        [web1, web2].map(async ({ apart, apartBeside }) => {
          const verified = await apart('verify', '--live');
          return [verified.code, (await apartBeside('retire', '--yes')).code];
        }),
      );
      expect(retired.flat()).toEqual([0, 0, 0, 0]);
      const unseen = await web1.beside('gate', ...quiet);
      expect(unseen.code).toBe(3);
      expect(shutLines(unseen)).toEqual([
        expect.stringMatching(/^disks .*web2: nobody has looked/),
        expect.stringMatching(/^disk web2 .*nobody has looked/),
      ]);
      expect(unseen.stdout).toContain('→ run storage gate --disk web2 on its host');

      expect(await web2.beside('gate', ...quiet)).toMatchObject({ code: 0 });
      const named = await web1.beside('gate', ...quiet, '--disks', 'web1,web2,web3');
      expect(shutLines(named)).toContainEqual(expect.stringMatching(/^disk web3 .*no journal/));
      await writeFiles(web2.directory, { late: 'left' });
      expect(await web2.beside('gate', ...quiet)).toMatchObject({ code: 3 });
      expect(shutLines(await web1.beside('gate', ...quiet))).toContainEqual(
        expect.stringMatching(/^disk web2 .*1 file is/),
      );
      await rm(join(web2.directory, 'late'));
      expect(await web2.beside('gate', ...quiet)).toMatchObject({ code: 0 });

      const cut = await web1.beside('cutover', '--yes', ...quiet, '--disks', 'web1,web2');
      expect([cut.code, cut.stdout]).toEqual([0, expect.stringContaining('in the mode target')]);
      for (const { application } of [web1, web2]) {
        expect(application.stage).toBe('target');
        for (const key of ['a', 'b', 'same']) expect(await application.exists(key)).toBe(true);
      }
    },
    SLOW,
  );

  it(
    'keep two files under one key, and say which disks they are on',
    async () => {
      const { host } = await hosts();
      const [web1, web2] = [await host('web1', { k: 'one' }), await host('web2', { k: 'two' })];
      await web1.settled();
      await web2.settled();
      expect(await web1.beside('migrate')).toMatchObject({ code: 0 });
      expect(await web2.beside('migrate')).toMatchObject({ code: 1 });
      const problems = await web2.run('status', '--problems');
      expect(problems.stdout).toMatch(/conflict +k: .*web1 has another file.*web2/);
      await web2.run('verify', '--live');
      await web2.beside('retire', '--yes');
      expect((await stat(join(web2.directory, 'k'))).size).toBe(3);
    },
    SLOW,
  );

  it(
    'are told apart by what is on the disk',
    async () => {
      const { host } = await hosts();
      const [web1, web2] = [await host('web1', { a: '1' }), await host('web2', { b: '2' })];
      expect(await web1.run('migrate')).toMatchObject({ code: 0 });
      expect((await stat(join(web1.directory, '.storage/disk-id'))).size).toBe(37);
      const renamed = await web1.run('migrate', '--disk', 'web2');
      expect([renamed.code, renamed.stderr]).toEqual([2, expect.stringContaining('the disk web1')]);
      expect(await web2.run('migrate')).toMatchObject({ code: 0 });
      await rm(join(web1.directory, '.storage/disk-id')); // as if it were another host's, of the same name
      for (const command of ['migrate', 'verify'])
        expect((await web1.run(command)).stderr).toContain('another disk that is called web1');
      expect((await web1.beside('gate')).stderr).toContain('another disk that is called web1');
    },
    SLOW,
  );

  it(
    'are found in the database',
    async () => {
      const { url, storage, host } = await hosts();
      const [web1, web2] = [await host('web1', { a: '1' }), await host('web2', { b: '2' })];
      await Promise.all([web1.apart('migrate'), web2.apart('migrate')]);
      const status = await storage.run('status', '--journal', url);
      expect(status.stdout).toMatch(/web1:.*→[\s\S]*web2:.*→/);
      const report = await storage.run('report', '--journal', url);
      expect([report.code, report.stderr]).toEqual([2, expect.stringContaining('(web1, web2)')]);
      expect(await storage.run('report', '--journal', url, '--disk', 'web2')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('web2:'),
      });

      const none = await web1.run('status', '--disk', 'web3');
      expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('there is no journal')]);
      expect((await web1.run('migrate', '--disk', 'Web_1')).code).toBe(2);
    },
    SLOW,
  );
});

describe('a journal in a file', () => {
  it('is that of one disk, which may have a name', async () => {
    const { storage, place, home } = await setting({ a: '1' });
    const journal = ['--journal', join(home, 'journal.sqlite'), '--disk', 'web1'];
    expect(await storage.run('migrate', ...place, ...journal)).toMatchObject({ code: 0 });
    const fleet = ['--fleet', `s3://bucket/fleet`];
    const several = await storage.run(
      'gate',
      ...place,
      ...journal,
      ...fleet,
      '--disks',
      'web1,web2',
    );
    expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('postgres://')]);
    const without = await storage.run(
      'gate',
      ...place,
      ...journal.slice(0, 2),
      ...fleet,
      '--disks',
      'web1',
    );
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--disk')]);
    const alone = await storage.run('gate', ...place, ...journal, ...fleet, '--disks', 'web1');
    expect(shutLines(alone).join()).not.toContain('disks');
    expect(shutLines(await storage.run('gate', ...place, ...journal, ...fleet)).join()).toContain(
      'other disks than web1 can’t be seen',
    );
  });
});
