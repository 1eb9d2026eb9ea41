import { mkdir, readdir, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, it } from 'vitest';
import { diagnosed, hospital, linesOf, ward } from './doctor-fixtures.js';

/** Everything in the bucket. */
async function names({ endpoint, region, credentials }: S3Server) {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: 'bucket' }));
  client.destroy();
  return Versions.map(({ Key }) => Key);
}

describe('a bucket and a directory that are well', () => {
  it('are told to be, and nothing is left in them', async () => {
    const { server, bucket } = await hospital();
    const path = await ward();
    const report = await diagnosed({ bucket: bucket(), directory: { path } });
    expect(report).toMatchObject({ type: 'doctor', version: 1, healthy: true });
    expect(report.counts).toMatchObject({ failure: 0, warning: 0, skipped: 0 });
    const { accessKeyId, secretAccessKey } = server.credentials;
    const shown = `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
    expect(linesOf(report, 'credentials')).toEqual([`ok       ${shown} from the configuration`]);
    expect(linesOf(report, 'permissions')).toEqual([
      'ok       allowed: list, put if absent, head, get, put if match, put unconditionally, put tags, get tags, copy, list versions, create upload, upload part, list parts, list uploads, abort upload, delete if match, delete',
    ]);
    expect(linesOf(report, 'preconditions')).toEqual([
      'ok       honoured: create if absent, create in parts if absent, replace if match, delete if match, copy if absent, copy if match, tags, versions',
      'ok       the bucket can be the target of a live migration',
    ]);
    expect(linesOf(report, 'directory')).toEqual([
      `ok       ${path} can be read`,
      'ok       can be written to',
    ]);
    expect(JSON.stringify(report)).not.toContain(secretAccessKey);
    expect(await names(server)).toEqual([]);
    expect(await readdir(path)).toEqual(['a']);
  });

  it('are only looked at for a role that only reads', async () => {
    const { server, bucket } = await hospital();
    const path = await ward();
    const { mtimeMs } = await stat(path);
    const report = await diagnosed({ bucket: bucket(), directory: { path }, role: 'readonly' });
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
    expect(report.healthy).toBe(true);
    expect(linesOf(report, 'permissions')).toEqual(['ok       allowed: list, head, get']);
    const changing = ['PutObject', 'DeleteObject', 'CreateMultipartUpload', 'PutObjectTagging'];
    expect(Object.keys(server.requests.counts()).filter((each) => changing.includes(each))).toEqual(
      [],
    );
    expect(await readdir(path)).toEqual(['a']);
  });

  it('are listed by a name each, however much there is', async () => {
    const { server, bucket } = await hospital();
    await diagnosed({ bucket: bucket(), role: 'readonly' });
    expect(server.requests.count('ListObjectsV2')).toBeLessThanOrEqual(3);
  });
});

describe('the directory', () => {
  it('has links in it', async () => {
    const path = await ward();
    await symlink('a', join(path, 'b'));
    expect(linesOf(await diagnosed({ directory: { path } }), 'directory')).toContain(
      'WARNING  1 of its 2 names is a link or no file, and not migrated',
    );
  });

  it('has a link where what is under way should be', async () => {
    const path = await ward();
    await symlink('/tmp', join(path, '.storage'));
    const report = await diagnosed({ directory: { path } });
    expect(linesOf(report, 'directory')).toContain(
      `FAILURE  ${join(path, '.storage')} is a link, and is not followed`,
    );
  });

  it('is rid of what doctors have left there that were killed', async () => {
    const path = await ward();
    const [old, fresh, foreign] = [
      'doctor-0f5c2c8e-7d7a-4f0b-9d55-3f3b2f0c9a11',
      'doctor-1f5c2c8e-7d7a-4f0b-9d55-3f3b2f0c9a11',
      'doctor-of-the-ward',
    ];
    for (const name of [old, fresh, foreign])
      await mkdir(join(path, '.storage', name), { recursive: true });
    const before = new Date(Date.now() - 2 * 60 * 60_000);
    for (const name of [old, foreign]) await utimes(join(path, '.storage', name), before, before);
    const report = await diagnosed({ directory: { path } });
    expect(linesOf(report, 'directory')).toContain(
      'note     removed 1 that trials have left which were killed',
    );
    expect(await readdir(join(path, '.storage'))).toEqual([fresh, foreign]);
  });
});
