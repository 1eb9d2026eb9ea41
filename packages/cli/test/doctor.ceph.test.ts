import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { onServer } from './ceph.js';

describeOnCeph('storage doctor on Ceph', (server) => {
  it('finds all well, and leaves nothing', async () => {
    const { storage, bucket, home, openUploads, at } = await onServer(server);
    const directory = join(home, 'files');
    await mkdir(directory);
    const args = [directory, `s3://${bucket}/files`, ...at, '--json'];
    const { code, stdout } = await storage.run('doctor', ...args, '--role', 'migrator');
    const report = JSON.parse(stdout);
    const failed = report.checks.filter(({ findings }: { findings: { level: string }[] }) =>
      findings.some(({ level }) => level === 'failure'),
    );
    expect({ code, failed }).toEqual({ code: 0, failed: [] });
    expect(report.counts.skipped).toBe(0);
    expect(await openUploads()).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });
});
