import { once } from 'node:events';
import { join } from 'node:path';
import { openSqliteJournal } from '@org/storage-migration';
import { describe, expect, it } from 'vitest';
import { ended, setting } from './fixtures.js';

const MIB = 1024 * 1024;

/** Small files, and some that go in parts. */
function manyFiles(): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = {};
  for (let i = 0; i < 300; i++) files[`d${i % 7}/f${i}`] = `content ${i}`;
  for (let i = 0; i < 4; i++) files[`large/${i}`] = Buffer.alloc(18 * MIB, i);
  return files;
}

describe('an interruption', () => {
  it('by SIGINT lets the files in flight end; the same command goes on', async () => {
    const { storage, server, place } = await setting(manyFiles());
    server.faults.add({ type: 'delay', milliseconds: 20, operation: 'PutObject' });
    const child = storage.start('migrate', ...place, '--json');
    const end = ended(child);
    while (server.requests.count('PutObject') < 40) await once(child.stdout ?? child, 'data');
    child.kill('SIGINT');
    const interrupted = await end;
    expect(interrupted.code).toBe(130);
    const report = JSON.parse(interrupted.stdout.trim().split('\n').at(-1) ?? '');
    expect(report).toMatchObject({ type: 'report', outcome: 'interrupted' });
    expect(report.files.pending.files).toBeGreaterThan(0);
    expect(report.files.failed.files).toBe(0);
    server.requests.reset();
    const resumed = await storage.run('migrate', ...place, '--json');
    expect(resumed.code).toBe(0);
    const { files } = JSON.parse(resumed.stdout.trim().split('\n').at(-1) ?? '');
    expect(files.copied.files).toBe(304);
    expect(server.requests.count('CompleteMultipartUpload')).toBeLessThanOrEqual(5); // 4 files and the probe
  });

  it('by SIGKILL at any moment loses nothing and leaves nothing', async () => {
    const files = manyFiles();
    const { storage, server, place, home } = await setting(files);
    const journal = join(home, 'journal.sqlite');
    const args = ['migrate', ...place, '--journal', journal, '--concurrency', '4'];
    const probe = 12; // requests before the first copy
    for (const requests of [probe + 3, probe + 40, probe + 120, probe + 30, probe + 20]) {
      server.requests.reset();
      const child = storage.start(...args, '--json');
      const end = ended(child);
      let running = true;
      void end.then(() => {
        running = false;
      });
      while (running && server.requests.count() < requests) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      child.kill('SIGKILL');
      await end;
    }
    expect(await storage.run(...args)).toMatchObject({ code: 0 });
    expect(await storage.run('verify', ...place, '--journal', journal, '--full')).toMatchObject({
      code: 0,
    });
    // What a killed probe leaves goes with another probe, an hour later.
    const uploads = server.openMultipartUploads('bucket').map(({ key }) => key);
    expect(uploads.filter((key) => !key.includes('/.storage/probe-'))).toEqual([]);
    const reader = await openSqliteJournal({ file: journal, access: 'look' });
    const records = await reader.page({ limit: 1000 });
    await reader.close();
    expect(records.map(({ key }) => key).sort()).toEqual(Object.keys(files).sort());
  });

  it('does not let a second migration work with the same journal', async () => {
    const { storage, server, place } = await setting({ a: '1' });
    server.faults.add({ type: 'delay', milliseconds: 3_000, key: 'files/a', method: 'PUT' });
    const first = storage.start('migrate', ...place);
    const end = ended(first);
    while (server.requests.count() === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await storage.run('migrate', ...place);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/another process is working with the journal/);
    expect(await end).toMatchObject({ code: 0 });
  });
});
