import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ETag, parseKey } from '@org/storage-core';
import { openSqliteJournal, pricesOf } from '@org/storage-migration';
import { describe, expect, it } from 'vitest';
import { Storage, temporaryDirectory } from './fixtures.js';

const MANY = 20_000;

/** A journal of files that were never looked at, and the command. */
async function journalOf(files: number) {
  const home = await temporaryDirectory();
  const source = join(home, 'files');
  await mkdir(source);
  const file = join(home, 'journal.sqlite');
  const journal = await openSqliteJournal({ file, endpoints: { source, target: 's3://bucket/' } });
  await journal.startScan();
  const seen = Array.from({ length: files }, (_, index) => ({
    ...{ type: 'file' as const, key: parseKey(`file/${index}.txt`), size: index },
    ...{ etag: 'e' as ETag, lastModified: new Date(0) },
  }));
  await journal.recordSeen(seen);
  await journal.endScan();
  await journal.close();
  return { home, source, file, storage: new Storage(home, {}) };
}

describe('storage report', () => {
  it('writes each format, to standard output or to a file, whose name tells the format', async () => {
    const { home, file, storage } = await journalOf(2);
    const begins = { html: '<!doctype html>', json: '{', csv: 'section,', md: '# Migration' };
    for (const [format, begin] of Object.entries(begins)) {
      const printed = await storage.run('report', '--journal', file, '--format', format);
      expect(printed).toMatchObject({ code: 0, stderr: '' });
      expect(printed.stdout.startsWith(begin)).toBe(true);
      const output = join(home, `report.${format}`);
      const written = await storage.run('report', '--journal', file, '-o', output);
      expect(written).toEqual({ code: 0, stdout: '', stderr: '' });
      expect((await readFile(output, 'utf8')).startsWith(begin)).toBe(true);
    }
    expect((await readdir(home)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('never takes the place of the journal, nor of a file that is migrated', async () => {
    const { home, source, file, storage } = await journalOf(2);
    await symlink(source, join(home, 'link'));
    const places = [file, `${file}-wal`, join(source, 'r.md'), join(home, 'link', 'r.md')];
    for (const place of [...places, join(source, '..report')]) {
      const refused = await storage.run('report', '--journal', file, '-o', place);
      expect({ place, code: refused.code }).toEqual({ place, code: 2 });
      expect(refused.stderr).toMatch(/^storage: .*(is the journal|lies in the directory)/);
    }
    expect(await readdir(source)).toEqual([]);
    expect(await storage.run('report', '--journal', file)).toMatchObject({ code: 0 });
  });

  it('leaves a report as it was where the new one can’t be written', async () => {
    const { home, file, storage } = await journalOf(2);
    const directory = join(home, 'directory.html');
    await mkdir(directory);
    for (const place of [directory, join(home, 'none', 'r.html')]) {
      const failed = await storage.run('report', '--journal', file, '-o', place);
      expect(failed.code).toBe(2);
      expect(failed.stderr).toMatch(/^storage: .* can’t be written: /);
    }
    const output = join(home, 'report.md');
    await writeFile(output, 'old');
    expect(await storage.run('report', '--journal', file, '-o', output)).toMatchObject({ code: 0 });
    expect(await readFile(output, 'utf8')).toMatch(/^# Migration report/);
  });

  it('has the costs of a plan, or those by a price list', async () => {
    const { home, source, file, storage } = await journalOf(2);
    const planned = await storage.run('plan', source, '--json', '--region', 'us-east-1');
    const plan = join(home, 'plan.json');
    await writeFile(plan, planned.stdout);
    const costOf = async (...options: readonly string[]) => {
      const { stdout } = await storage.run(
        'report',
        '--journal',
        file,
        '--format',
        'json',
        ...options,
      );
      return JSON.parse(stdout).cost;
    };
    expect(await costOf('--plan', plan)).toEqual(JSON.parse(planned.stdout).cost);
    const prices = join(home, 'prices.json');
    await writeFile(prices, JSON.stringify(pricesOf('us-east-1')));
    expect(await costOf('--prices', prices)).toMatchObject({ requests: { put: 2, get: 0 } });
    expect(await costOf()).toBeUndefined();
  });

  it('takes no plan of another migration, nor what is none', async () => {
    const { home, source, file, storage } = await journalOf(2);
    const plan = join(home, 'plan.json');
    for (const [content, why] of [
      ['{', 'is not a plan'],
      ['{"version": 1}', 'is not a plan that storage plan --json has written'],
      [`{"type": "plan", "version": 1, "source": "/other"}`, 'is a plan of /other'],
      [
        JSON.stringify({ type: 'plan', version: 1, source, noPrices: 'nobody knows' }),
        'has no costs: nobody knows',
      ],
    ] as const) {
      await writeFile(plan, content);
      const refused = await storage.run('report', '--journal', file, '--plan', plan);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(why);
    }
    const both = await storage.run('report', '--journal', file, '--plan', plan, '--prices', plan);
    expect(both.code).toBe(2);
  });

  it('needs to be told of which migration', async () => {
    const { home, storage } = await journalOf(1);
    for (const command of ['report', 'export', 'status']) {
      const unnamed = await storage.run(command);
      expect(unnamed).toMatchObject({ code: 2 });
      expect(unnamed.stderr).toContain('name the migration');
      const missing = await storage.run(command, '--journal', join(home, 'none'));
      expect(missing).toMatchObject({ code: 2 });
      expect(missing.stderr).toContain('there is no journal');
    }
  });
});

describe('storage export', () => {
  it('writes every file, and ends well when its reader has had enough', async () => {
    const { file, storage } = await journalOf(MANY);
    const all = await storage.run('export', '--journal', file);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout.trim().split('\n')).toHaveLength(MANY);
    const child = storage.start('export', '--journal', file, '--format', 'csv');
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk);
    });
    const exit = once(child, 'exit');
    const [first] = await once(child.stdout ?? child, 'data');
    child.stdout?.destroy();
    expect(String(first)).toMatch(/^key,size,/);
    expect([await exit, errors]).toEqual([[0, null], '']);
  });

  it('waits for a reader that is slow', async () => {
    const { file, storage } = await journalOf(MANY);
    const child = storage.start('export', '--journal', file);
    const count = spawn('cat', [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    child.stdout?.pipe(count.stdin, { end: true });
    let text = '';
    for await (const chunk of count.stdout) {
      text += String(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text.trim().split('\n')).toHaveLength(MANY);
    expect(await exit).toEqual([0, null]);
  });

  it('refuses states that there are not', async () => {
    const { file, storage } = await journalOf(1);
    const refused = await storage.run('export', '--journal', file, '--states', 'lost,found');
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('States are pending, copied');
  });
});

describe('storage status --watch', () => {
  it('is lines without colours off a terminal, and ends when no run is under way', async () => {
    const { file, storage } = await journalOf(3);
    const watched = await storage.run('status', '--journal', file, '--watch');
    expect(watched).toMatchObject({ code: 0, stderr: '' });
    expect(watched.stdout).toMatch(/^\d{4}-\S+Z no run yet, 0\/3 files, 0 B\/3 B\n$/);
    const json = await storage.run('status', '--journal', file, '--watch', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ type: 'watch', alive: false });
  });

  it('ends by a signal as if it had been told to', async () => {
    const { file, storage } = await journalOf(3);
    const journal = await openSqliteJournal({ file });
    await journal.startRun('migrate');
    const child = storage.start('status', '--journal', file, '--watch');
    const exit = once(child, 'exit');
    const [line] = await once(child.stdout ?? child, 'data');
    expect(String(line)).toContain('migrate running');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    await journal.close();
  });
});
