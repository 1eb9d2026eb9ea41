import { randomUUID } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type MemberRecord, systemProcesses } from '@org/storage-hybrid';
import {
  openPostgresJournal,
  openSqliteJournal,
  sqliteFleetRegistry,
} from '@org/storage-migration';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { postgresServer } from '../../migration/test/postgres.js';
import { diagnosed, linesOf } from './doctor-fixtures.js';
import { temporaryDirectory } from './fixtures.js';

const endpoints = { source: '/files', target: 's3://bucket/' };

describe('a journal in a file', () => {
  it('is not there yet', async () => {
    const place = join(await temporaryDirectory(), 'deep', 'journal.sqlite');
    const report = await diagnosed({ journal: { place, endpoints } });
    expect(linesOf(report, 'journal')).toEqual([
      `ok       ${place} is not there yet: the first run makes it`,
    ]);
  });

  it('is whole, and another migration’s is refused', async () => {
    const file = join(await temporaryDirectory(), 'journal.sqlite');
    await (await openSqliteJournal({ file, endpoints })).close();
    const [told] = linesOf(await diagnosed({ journal: { place: file, endpoints } }), 'journal');
    expect(told).toMatch(/^ok {7}.*journal\.sqlite \(schema \d+, [\d.]+ KiB\) is whole$/);
    const others = { ...endpoints, source: '/others' };
    const report = await diagnosed({ journal: { place: file, endpoints: others } });
    expect(linesOf(report, 'journal')[1]).toMatch(/^FAILURE .*another migration|\/files/);
  });

  it('is damaged', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'journal.sqlite');
    await (await openSqliteJournal({ file, endpoints })).close();
    const database = new Database(file);
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    await using handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(8192, 0xff), 0, 8192, 4096);
    const before = await readdir(directory);
    const report = await diagnosed({ journal: { place: file, endpoints } });
    expect(linesOf(report, 'journal')[0]).toMatch(
      /^FAILURE {2}.*journal\.sqlite is damaged, or no journal: /,
    );
    expect(await readdir(directory)).toEqual(before);
  });
});

describe('a journal in PostgreSQL', () => {
  const postgres = postgresServer();

  it('is reached, and refused without the right or the password', async () => {
    const database = await postgres.database();
    const journal = { place: database.url, endpoints };
    const [reached, none] = linesOf(await diagnosed({ journal }), 'journal');
    expect(reached).toMatch(/^ok {7}PostgreSQL \d+\.\d+.* is reached, schema storage_migration$/);
    expect(none).toBe('ok       there is none yet: the first run makes it');
    const client = database.pool();
    await (await openPostgresJournal({ client, endpoints })).close();
    expect(linesOf(await diagnosed({ journal }), 'journal')).toHaveLength(1);

    const user = `reader_${randomUUID().slice(0, 8)}`;
    await client.query(`CREATE ROLE ${user} LOGIN PASSWORD 'known'`);
    const url = new URL(database.url);
    url.username = user;
    url.password = 'known';
    const poor = await diagnosed({ journal: { place: url.href, endpoints } });
    expect(linesOf(poor, 'journal').slice(1)).toEqual([
      'FAILURE  tables can’t be made there',
      '→ grant CREATE on the schema storage_migration, or on the database if there is no such schema',
    ]);
    url.password = 'wrong-password';
    const wrong = await diagnosed({ journal: { place: url.href, endpoints } });
    expect(linesOf(wrong, 'journal')[0]).toBe(
      'FAILURE  the database does not accept the user or the password',
    );
    expect(JSON.stringify(wrong)).not.toContain('wrong-password');
  });

  it('is a replica', async () => {
    const database = await postgres.database();
    const client = database.pool();
    // What a replica answers, by a function that is found before the system’s.
    await client.query(`CREATE SCHEMA of_a_replica;
      CREATE FUNCTION of_a_replica.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
      ALTER ROLE CURRENT_USER IN DATABASE "${new URL(database.url).pathname.slice(1)}" SET search_path = of_a_replica, pg_catalog, public`);
    const report = await diagnosed({ journal: { place: database.url, endpoints } });
    expect(linesOf(report, 'journal').slice(1)).toEqual([
      'FAILURE  it is a replica, and can’t be written to',
      '→ name the primary',
    ]);
  });

  it('is not reached', async () => {
    const report = await diagnosed({ journal: { place: 'postgres://u:secret@127.0.0.1:1/db' } });
    expect(linesOf(report, 'journal')[0]).toBe('FAILURE  nobody listens at the database’s address');
    expect(JSON.stringify(report)).not.toContain('secret');
  });
});

describe('the fleet', () => {
  const member = (more: Partial<MemberRecord>): MemberRecord => ({
    ...{ id: randomUUID(), role: 'application', stages: ['hybrid'], beat: 1, drain: 900_000 },
    ...{ host: 'elsewhere', pid: 1, started: '2026-01-01T00:00:00.000Z' },
    ...more,
  });

  it('is told, with who is gone and who is in the way', async () => {
    const file = join(await temporaryDirectory(), 'fleet.sqlite');
    const registry = sqliteFleetRegistry(file);
    const here = { host: hostname(), process: systemProcesses.own };
    await registry.join(member({ ...here, pid: process.pid }));
    await registry.join(
      member({ ...here, process: `${here.process}0`, pid: 2 ** 22 + 1, id: 'gone' }),
    );
    await registry.join(member({ stages: ['source'], id: 'late' }));
    await registry.close();
    const report = await diagnosed({ fleet: `sqlite:${file}` });
    expect(linesOf(report, 'fleet')).toEqual([
      'ok       3 processes are registered, no mode is set',
      `WARNING  gone, and still in it: the application ${2 ** 22 + 1} on ${hostname()} (gone) in hybrid`,
      '→ storage fleet --watch removes them when what they had sent is over',
      'FAILURE  the mode hybrid may not run beside the application 1 on elsewhere (late) in source',
      '→ bring all processes to the mode before it first: storage fleet shows where each is',
    ]);
    expect(
      linesOf(await diagnosed({ fleet: `sqlite:${file}`, mode: 'prepare' }), 'fleet'),
    ).toHaveLength(3);
  });

  it('need not have a registry before the application has made it', async () => {
    const report = await diagnosed({ fleet: 'sqlite:/nowhere/fleet.sqlite' });
    expect(linesOf(report, 'fleet')[0]).toMatch(/^WARNING {2}there is no registry/);
  });
});
