import { type ChildProcess, execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openSqliteJournal } from '@org/storage-migration';
import { describe, expect, it } from 'vitest';
import { ended, setting } from './fixtures.js';

const MIB = 1024 * 1024;

/** Small files, and one that goes in parts. */
function files(): Record<string, string | Buffer> {
  const some: Record<string, string | Buffer> = { film: Buffer.alloc(41 * MIB, 'film') };
  for (let i = 0; i < 120; i++) some[`d${i % 7}/f${i}`] = `content ${i}`;
  return some;
}

/** The command's own, while it runs. */
async function workersOf({ pid }: ChildProcess): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (child !== undefined && parent === pid ? [child] : []));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What is awaited again and again until it holds: nothing tells of it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A migration by two workers, slow enough to be met at work. */
async function begun() {
  const place = await setting(files());
  const { storage, server, home } = place;
  const args = [...place.place, '--journal', join(home, 'journal.sqlite')];
  const slow = server.faults.add({
    ...{ type: 'delay', milliseconds: 200, key: /^files\/(d|film)/ },
    operation: ['PutObject', 'UploadPart'],
  });
  const child = storage.start('migrate', ...args, '--workers', '2', '--json');
  const end = ended(child);
  let over = false;
  void end.then(() => {
    over = true;
  });
  const taken = (operation: string) =>
    server.requests
      .last()
      .filter(
        (request) => request.operation === operation && /^files\/(d|film)/.test(request.key ?? ''),
      ).length;
  let workers: readonly number[] = [];
  await until(async () => {
    workers = await workersOf(child);
    return over || workers.length === 2;
  });
  await until(() => over || (taken('PutObject') > 10 && taken('UploadPart') > 1));
  expect(over).toBe(false);
  const goOn = async () => {
    slow.remove();
    expect(await storage.spawned('migrate', ...args, '--workers', '2')).toMatchObject({ code: 0 });
    return verified();
  };
  const verified = async () => {
    expect(await storage.run('verify', ...args, '--full')).toMatchObject({ code: 0 });
    const uploads = server.openMultipartUploads('bucket').map(({ key }) => key);
    expect(uploads.filter((key) => !key.includes('/.storage/probe-'))).toEqual([]);
    const journal = await openSqliteJournal({ file: join(home, 'journal.sqlite'), access: 'look' });
    const { copied, present } = await journal.totals();
    await journal.close();
    expect(copied.files + present.files).toBe(121);
  };
  return { child, end, workers, goOn, verified };
}

describe('a migration by worker processes', { timeout: 180_000 }, () => {
  it('goes on when they are killed', async () => {
    const { end, workers, verified } = await begun();
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    const { code, stdout } = await end;
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`the worker process (${workers.join('|')}) .*SIGKILL`));
    await verified();
  });

  it('takes them with it when it is killed, and goes on with the same command', async () => {
    const { child, end, workers, goOn } = await begun();
    child.kill('SIGKILL');
    await end;
    await until(() => !workers.some(isAlive));
    await goOn();
  });

  it('lets the files in flight end where Ctrl-C reaches all processes', async () => {
    const { child, end, workers, goOn } = await begun();
    for (const pid of workers) process.kill(pid, 'SIGINT');
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code).toBe(130);
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(report).toMatchObject({ type: 'report', outcome: 'interrupted' });
    expect(report.files.failed.files).toBe(0);
    expect(stdout).not.toMatch(/worker process/);
    expect(workers.filter(isAlive)).toEqual([]);
    await goOn();
  });

  it('takes a number of processes that makes sense', async () => {
    const { storage, place } = await setting({ a: '1' });
    for (const count of ['0', '65', '1.5', 'many']) {
      const { code, stderr } = await storage.run('migrate', ...place, '--workers', count);
      expect(code).toBe(2);
      expect(stderr).toMatch(/a whole number from 1 to 64, or auto/);
    }
    expect(await storage.run('migrate', ...place, '--workers', 'auto')).toMatchObject({ code: 0 });
  });
});
