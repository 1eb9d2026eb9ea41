import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { onServer } from './ceph.js';
import { writeFiles } from './fixtures.js';
import { journalled, killedAfter } from './killing.js';

const MIB = 1024 * 1024;

describeOnCeph('storage migrate to Ceph', (server) => {
  it('survives kill -9, again and again: complete, verified, nothing left behind', async () => {
    const { storage, bucket, home, openUploads, at } = await onServer(server);
    const directory = join(home, 'files');
    await mkdir(directory);
    const files: Record<string, string | Buffer> = {};
    for (let i = 0; i < 600; i++) files[`d${i % 11}/f${i}`] = `content of ${i}`;
    for (let i = 0; i < 5; i++) files[`d5/large ${i}`] = Buffer.alloc(12 * MIB + i, i + 1);
    files['Übersicht 日本 (1).pdf'] = 'Unicode';
    files['a+b %20 &.txt'] = 'signs';
    files['empty'] = '';
    await writeFiles(directory, files);
    const journal = join(home, 'journal.sqlite');
    const args = [directory, `s3://${bucket}/files`, ...at, '--journal', journal];
    let killed = 0;
    for (const after of [1, 60, 130, 7, 90]) {
      if (await killedAfter(after, storage, 'migrate', ...args, '--concurrency', '6')) killed++;
    }
    expect(killed).toBe(5);
    expect(await storage.run('migrate', ...args)).toMatchObject({
      code: 0,
      stderr: expect.anything(),
    });
    expect(await storage.run('verify', ...args)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('whole in the target: 608'),
    });
    expect(await storage.run('verify', ...args, '--full')).toMatchObject({ code: 0 });
    expect(await openUploads()).toEqual([]);
    const { totals, unfinished } = await journalled(journal);
    expect(totals.copied.files + totals.present.files).toBe(Object.keys(files).length);
    expect(unfinished).toEqual([]);
    const again = await storage.run('migrate', ...args, '--json');
    expect(again.stdout).not.toContain('"type":"file"');
  });
});
