import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { ended, Storage } from '../fixtures.js';

import { application, configured, ran } from './setting.js';

describe('a migration that a configuration names', { timeout: 120_000 }, () => {
  it('goes all the way with nothing else, and on by flags in between', async () => {
    const made = await configured({ 'a.txt': 'one', 'b/c.txt': 'two' });
    const { config, server, directory } = made;
    vi.stubEnv('STORAGE_CONFIG', config);
    const app = await application(made);

    const planned = await ran('plan');
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.stdout).toContain(`storage migrate --storage uploads --config ${config}`);
    expect(await ran('fleet')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('settled'),
    });

    const migrated = await ran('migrate');
    expect(migrated).toMatchObject({ code: 0 });
    expect(migrated.stderr).toContain(`storage uploads of ${config}, environment development`);
    const puts = server.requests
      .last()
      .filter(({ method, status }) => method === 'PUT' && status === 200);
    expect(puts.map(({ key }) => key)).toEqual(expect.arrayContaining(['files/a.txt']));
    const stored = await app.stat('a.txt');
    expect(stored).toMatchObject({ size: 3, storageClass: 'STANDARD_IA' });

    // The same migration, named by flags: its journal is in the same place, and is the same.
    vi.stubEnv('STORAGE_CONFIG', undefined);
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.credentials.secretAccessKey);
    const flags = [directory, 's3://bucket/files', '--endpoint', server.endpoint];
    const again = await ran('migrate', ...flags, '--json');
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      outcome: 'complete',
      files: { copied: { files: 2 } },
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);

    const named = ['--config', config, '--storage', 'uploads'] as const;
    expect(await ran('verify', ...named)).toMatchObject({ code: 0 });
    expect(await ran('status', ...named)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('verified ok: 2'),
    });
    expect(await ran('retire', ...named, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('retired: 2'),
    });
    const open = await ran('gate', ...named, '--quiet', '0', '--json');
    expect(open).toMatchObject({ code: 0 });
    expect(JSON.parse(open.stdout)).toMatchObject({ type: 'gate', open: true });
    expect(await ran('cutover', ...named, '--quiet', '0', '--dry-run')).toMatchObject({ code: 0 });
    expect(app.stage).toBe('settled');
    expect(await ran('restore', ...named, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('restored: 2'),
    });
  });

  it('is done by workers that get its secrets over their channel alone', async () => {
    const { home, config, server } = await configured(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, String(i)])),
      { migration: '{ workers: 2, journal: ./journal.sqlite }', fleet: false },
    );
    const slow = server.faults.add({
      ...{ type: 'delay', milliseconds: 1_000, key: /^files\/f/, operation: 'PutObject' },
    });
    const child = new Storage(home, {}).start('sync', '--config', config, '--json');
    const end = ended(child);
    if (child.stdout === null) throw new Error('there is no such stream');
    const first = once(createInterface({ input: child.stdout }), 'line');
    let over = false;
    void end.then(() => {
      over = true;
    });
    let workers: readonly string[] = [];
    while (!over && workers.length < 2) workers = await childrenOf(child);
    slow.remove();
    const [round] = await first;
    child.kill('SIGTERM');
    const { code, stderr } = await end;
    expect({ code, stderr }).toMatchObject({ code: 130 });
    expect(workers).toHaveLength(2);
    expect(JSON.parse(String(round))).toMatchObject({ files: { copied: { files: 30 } } });
    const journal = await readFile(join(home, 'journal.sqlite'), 'latin1');
    for (const text of [String(round), stderr, journal, ...workers])
      expect(text).not.toContain(server.credentials.secretAccessKey);
  });
});

/** The command lines of the processes that a process has started. */
async function childrenOf({ pid }: ChildProcess): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'ppid=,args=']);
  const lines = stdout.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith(`${pid} `));
}
