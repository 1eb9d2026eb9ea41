import { afterEach, describe, expect, it, vi } from 'vitest';
import { examined } from '../src/doctor/from-arguments.js';
import { deny, diagnosed, hospital, KEYS, linesOf, ward } from './doctor-fixtures.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('credentials that are wrong are told apart', () => {
  it('an id that the server does not know', async () => {
    const { at } = await hospital();
    const report = await diagnosed({ bucket: examined({ ...at, credentials: KEYS }) });
    expect(linesOf(report, 'identity', 'bucket')).toEqual([
      'FAILURE  the server does not know the access key id; check the credentials',
      '→ look whether the key was deleted, and whether it is of this server, and not of another',
      'skipped  since the server does not accept the credentials',
    ]);
  });

  it('a secret that is not the id’s', async () => {
    const { at, server } = await hospital();
    const { accessKeyId } = server.credentials;
    const credentials = { ...KEYS, accessKeyId };
    const report = await diagnosed({ bucket: examined({ ...at, credentials }) });
    expect(linesOf(report, 'identity')).toEqual([
      'FAILURE  the signature does not match: the secret access key is wrong, or a proxy changes the requests',
      '→ copy the secret access key again, and look for a blank or a line end in it; a proxy that rewrites requests does this, too',
    ]);
    expect(JSON.stringify(report)).not.toContain(KEYS.secretAccessKey);
  });

  it.each([
    [
      'User: arn:aws:sts::123456789012:assumed-role/app/i-1 is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows it',
      'accepted, as arn:aws:sts::123456789012:assumed-role/app/i-1',
    ],
    [
      'Access Denied',
      'accepted; whose they are is unknown: it may not be asked (s3:ListAllMyBuckets)',
    ],
  ])(
    'whose they are, where it may not be asked, as far as the refusal tells: %s',
    async (message, told) => {
      const { server, bucket } = await hospital();
      const refusal = { type: 'error', code: 'AccessDenied', status: 403, message } as const;
      server.faults.add({ ...refusal, operation: 'ListBuckets' });
      const report = await diagnosed({ bucket: bucket() });
      expect(linesOf(report, 'identity')).toEqual([`ok       ${told}`]);
    },
  );

  it('a token that has expired', async () => {
    const { server, bucket } = await hospital();
    server.faults.add({ type: 'error', code: 'ExpiredToken', status: 400 });
    expect(linesOf(await diagnosed({ bucket: bucket() }), 'identity')[0]).toBe(
      'FAILURE  the temporary credentials have expired; get new ones',
    );
  });

  it('none at all', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    const { at } = await hospital();
    const bucket = examined({ ...at, credentials: undefined });
    expect(linesOf(await diagnosed({ bucket }), 'credentials')[0]).toMatch(
      /^FAILURE {2}no credentials were found/,
    );
  });
});

describe('the bucket', () => {
  it('is missed', async () => {
    const { at } = await hospital();
    const report = await diagnosed({ bucket: examined({ ...at, bucket: 'another' }) });
    expect(linesOf(report, 'bucket', 'permissions')).toEqual([
      'FAILURE  bucket another does not exist',
      '→ make it, or look at its name, at the region and at the endpoint',
      'skipped  since the bucket can’t be used',
    ]);
  });

  it('is found to be in another region', async () => {
    const { server, bucket } = await hospital();
    server.faults.add({
      type: 'error',
      code: 'PermanentRedirect',
      status: 301,
      operation: 'ListObjectsV2',
    });
    expect(linesOf(await diagnosed({ bucket: bucket() }), 'bucket')).toEqual([
      'FAILURE  bucket bucket is in another region; set the option region to it',
      '→ name the region: --region, AWS_REGION or the profile’s',
    ]);
  });

  it('is not as it shall be', async () => {
    const { at } = await hospital();
    const settings = { versioning: 'enabled', tlsOnly: false, blockPublicAccess: false } as const;
    const report = await diagnosed({ bucket: examined(at, settings), role: 'readonly' });
    expect(report.healthy).toBe(true);
    expect(linesOf(report, 'settings').join('\n')).toMatch(/^WARNING {2}.*versioning/m);
  });
});

describe('permissions', () => {
  it('that are missing are failures, each with the action to allow', async () => {
    const { server, bucket } = await hospital();
    await deny(server, { Action: 's3:GetObject' }, { Action: 's3:ListBucketMultipartUploads' });
    const report = await diagnosed({ bucket: bucket(), role: 'migrator' });
    expect(linesOf(report, 'permissions').slice(1)).toEqual([
      'FAILURE  denied: head, get',
      '→ allow s3:GetObject on arn:aws:s3:::bucket/files/*',
      'FAILURE  denied: list uploads',
      '→ allow s3:ListBucketMultipartUploads on arn:aws:s3:::bucket',
    ]);
  });

  it('are named as the partition of the region names them', async () => {
    const { server, bucket } = await hospital({ region: 'cn-north-1' });
    await deny(server, { Action: 's3:GetObject' });
    const report = await diagnosed({ bucket: bucket() });
    expect(linesOf(report, 'permissions')).toContain(
      '→ allow s3:GetObject on arn:aws-cn:s3:::bucket/files/*',
    );
    await deny(server, { Action: 's3:ListBucket' });
    expect(linesOf(await diagnosed({ bucket: bucket() }), 'bucket')).toContain(
      '→ allow s3:ListBucket on arn:aws-cn:s3:::bucket, and look whether it is a bucket of this account',
    );
  });

  it('that only a part of the work needs are warnings', async () => {
    const { server, bucket } = await hospital();
    await deny(server, { Action: 's3:GetObjectTagging' });
    const report = await diagnosed({ bucket: bucket() });
    expect(report.healthy).toBe(true);
    expect(linesOf(report, 'permissions').slice(1)).toEqual([
      'WARNING  denied: get tags (only for files with tags)',
      '→ allow s3:GetObjectTagging on arn:aws:s3:::bucket/files/*',
    ]);
  });

  it('to delete, without which what was tried is left, and told', async () => {
    const { server, bucket } = await hospital();
    await deny(server, { Action: 's3:DeleteObject' });
    const report = await diagnosed({ bucket: bucket(), role: 'migrator' });
    expect(linesOf(report, 'permissions').join('\n')).toMatch(
      /^WARNING {2}what was tried out could not be removed: files\/\.storage\/doctor-\S+$/m,
    );
  });

  it('and a migrator that the bucket keeps from overwriting is a note', async () => {
    const { server, bucket } = await hospital();
    const Condition = { Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' } };
    await deny(server, { Action: 's3:PutObject', Resource: 'arn:aws:s3:::bucket/*', Condition });
    const report = await diagnosed({ bucket: bucket(), role: 'migrator' });
    expect(linesOf(report, 'permissions')).toContain(
      'note     the bucket refuses writes without a condition: even a mistake can’t overwrite',
    );
  });
});

describe('a server that ignores preconditions', () => {
  it('can’t be the target of a live migration', async () => {
    const { server, bucket } = await hospital();
    server.faults.add({ type: 'ignore-preconditions' });
    const path = await ward();
    const report = await diagnosed({ bucket: bucket(), directory: { path } });
    expect(report.healthy).toBe(false);
    expect(linesOf(report, 'preconditions')).toContain(
      'FAILURE  the store "s3" can’t be the target of a live migration: it lacks conditionalCreate, conditionalUpdate',
    );
  });

  it('can still be the source of one', async () => {
    const { server, bucket } = await hospital();
    server.faults.add({ type: 'ignore-preconditions' });
    const directory = { path: await ward() };
    const report = await diagnosed({ bucket: bucket(), directory, back: true });
    expect(report.healthy).toBe(true);
  });

  it('is good enough where there is nothing to migrate', async () => {
    const { server, bucket } = await hospital();
    server.faults.add({ type: 'ignore-preconditions' });
    const report = await diagnosed({ bucket: bucket(), mode: 'target' });
    expect(report.healthy).toBe(true);
  });
});
