import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { onServer } from './ceph.js';
import { journalled, killedAfter } from './killing.js';

/** A tree of real files: odd names, empty files, links. */
const DIRECTORY = process.env['STORAGE_TEST_DIRECTORY'] ?? '/usr/share';

const run = promisify(execFile);

describeOnCeph('tens of thousands of real files', (server) => {
  it('are migrated to Ceph through ten kill -9, and an independent tool agrees file by file', async () => {
    const { storage, bucket, home, openUploads, at } = await onServer(server);
    const journal = join(home, 'journal.sqlite');
    const args = [DIRECTORY, `s3://${bucket}`, ...at, '--journal', journal, '--accept', 'link'];
    let killed = 0;
    for (let i = 0; i < 10; i++) {
      const after = 1 + Math.floor(Math.random() * 3_000);
      if (await killedAfter(after, storage, 'migrate', ...args)) killed++;
    }
    expect(killed).toBe(10);
    const migrated = await storage.spawned('migrate', ...args);
    console.log(migrated.stdout);
    expect(migrated.code).toBe(0);
    const verified = await storage.spawned('verify', ...args);
    console.log(verified.stdout);
    expect(verified.code).toBe(0);

    const { totals, unfinished } = await journalled(journal);
    const files = totals.copied.files + totals.present.files;
    expect(files).toBeGreaterThan(20_000);
    expect(unfinished).toEqual([]);
    expect(await openUploads()).toEqual([]);

    const again = await storage.spawned('migrate', ...args, '--json');
    expect(again.code).toBe(0);
    expect(again.stdout).not.toContain('"type":"file"');

    const { accessKeyId, secretAccessKey } = server.credentials;
    const report = join(home, 'rclone.txt');
    const flags = ['--download', '--combined', report, '--config', '/dev/null', '--fast-list'];
    const check = await run('rclone', ['check', DIRECTORY, `:s3:${bucket}`, ...flags], {
      env: {
        PATH: process.env['PATH'],
        RCLONE_S3_PROVIDER: 'Ceph',
        RCLONE_S3_ENDPOINT: server.endpoint,
        RCLONE_S3_ACCESS_KEY_ID: accessKeyId,
        RCLONE_S3_SECRET_ACCESS_KEY: secretAccessKey,
      },
    });
    console.log(check.stderr.split('\n').slice(-4).join('\n'));
    expect(check.stderr).toContain('0 differences found');
    expect(check.stderr).toContain(`${files} matching files`);
  });
});
