import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  memberOf,
  testRegistry,
  testSpoiltRegistry,
} from '../../hybrid/test/fleet/registry-cases.js';
import { bundledModule } from '../../testkit/test/bundled-module.js';
import { openSqliteJournal, sqliteFleetRegistry } from '../src/index.js';
import { endpoints, temporaryDirectory } from './fixtures.js';

async function open() {
  const file = join(await temporaryDirectory(), 'new', 'fleet.sqlite');
  const registry = sqliteFleetRegistry(file);
  const other = sqliteFleetRegistry(file);
  return {
    registry,
    other,
    async spoil(id: string, text: string) {
      const database = new Database(file);
      database.prepare<unknown[]>('UPDATE members SET record = ? WHERE id = ?').run(text, id);
      database.close();
    },
    async close() {
      await registry.close();
      await other.close();
    },
  };
}

testRegistry('SQLite', open);
testSpoiltRegistry('SQLite', open);

describe('the fleet’s registry in a SQLite file', () => {
  it('refuses a file that is something else', async () => {
    const directory = await temporaryDirectory();
    const journal = join(directory, 'journal.sqlite');
    await (await openSqliteJournal({ file: journal, endpoints })).close();
    const notes = join(directory, 'notes.txt');
    await writeFile(notes, 'to do: '.repeat(1000));
    for (const file of [journal, notes]) {
      expect(() => sqliteFleetRegistry(file)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    }
  });

  it('refuses a file that a newer release wrote', async () => {
    const file = join(await temporaryDirectory(), 'fleet.sqlite');
    await sqliteFleetRegistry(file).close();
    const database = new Database(file);
    database.pragma('user_version = 2');
    database.close();
    expect(() => sqliteFleetRegistry(file)).toThrow(
      expect.objectContaining({ code: 'Unsupported' }),
    );
  });

  it('keeps records and tokens when it is opened again', async () => {
    const file = join(await temporaryDirectory(), 'fleet.sqlite');
    const before = sqliteFleetRegistry(file);
    const version = await before.join(memberOf('a'));
    const token = await before.nextToken();
    await before.close();
    const after = sqliteFleetRegistry(file);
    onTestFinished(() => after.close());
    expect(await after.list()).toEqual([{ member: memberOf('a'), version }]);
    expect(await after.nextToken()).toBeGreaterThan(token);
  });
});

describe('the fleet’s registry in a SQLite file, between processes', () => {
  const bundle = bundledModule(new URL('../src/index.ts', import.meta.url), 'migration');

  /** Runs a script in another process, which finds `registry`, and gives what it returns. */
  async function inChild(file: string, script: string): Promise<unknown> {
    const code = `
      import { sqliteFleetRegistry } from ${JSON.stringify(bundle.url.href)};
      const registry = sqliteFleetRegistry(${JSON.stringify(file)});
      const memberOf = (id, beat) => ({ ...${JSON.stringify(memberOf('x'))}, id, beat });
      const result = await (async () => { ${script} })();
      await registry.close();
      console.log(JSON.stringify(result));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    await once(child, 'close');
    return JSON.parse(printed);
  }

  it('waits for another process that has begun to write, and does not fail', async () => {
    const file = join(await temporaryDirectory(), 'fleet.sqlite');
    const code = `
      import { createRequire } from 'node:module';
      const Database = createRequire(${JSON.stringify(bundle.url.href)})('libsql');
      const database = new Database(${JSON.stringify(file)}, { timeout: 60_000 });
      database.exec('BEGIN IMMEDIATE; CREATE TABLE t (a); DROP TABLE t;');
      console.log('begun');
      setTimeout(() => { database.exec('COMMIT'); database.close(); }, 300);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    const registry = sqliteFleetRegistry(file);
    onTestFinished(() => registry.close());
    expect(await registry.join(memberOf('a'))).toBeDefined();
    expect((await ended)[0]).toBe(0);
  });

  it('gives out no token twice, and lets one process have its way with each version', async () => {
    const file = join(await temporaryDirectory(), 'fleet.sqlite');
    const script = `
      const won = [], tokens = [];
      await registry.join(memberOf('shared', 1));
      for (let beat = 2; beat <= 200; beat++) {
        tokens.push(await registry.nextToken());
        if (await registry.update(memberOf('shared', beat), String(beat - 1))) won.push(beat);
        // Nobody gets ahead of the other for long.
        else await new Promise((resolve) => setTimeout(resolve, 1));
        while (Number((await registry.list())[0].version) < beat) await 0;
      }
      return { won, tokens };`;
    const results = (await Promise.all([inChild(file, script), inChild(file, script)])) as {
      won: number[];
      tokens: number[];
    }[];
    const won = results.flatMap((result) => result.won);
    const tokens = results.flatMap((result) => result.tokens);
    expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: 199 }, (_, at) => at + 2));
    expect(new Set(tokens).size).toBe(2 * 199);
  });
});
