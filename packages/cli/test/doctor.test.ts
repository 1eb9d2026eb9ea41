import { mkdir, readdir, stat, symlink, utimes } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Server } from '@org/storage-testkit/s3-server';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Check, failure, ok } from '../src/doctor/check.js';
import { examine } from '../src/doctor/examine.js';
import { examined } from '../src/doctor/from-arguments.js';
import { doctorLines } from '../src/doctor/lines.js';
import { deny, diagnosed, hospital, KEYS, linesOf, ward } from './doctor-fixtures.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Everything in the bucket. */
async function names({ endpoint, region, credentials }: S3Server) {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: 'bucket' }));
  client.destroy();
  return Versions.map(({ Key }) => Key);
}

/** A port of this machine. @param listen what is done with a connection. */
async function port(server = createServer()): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port; // as listen(2) has it
}

const place = (endpoint: string) =>
  examined({ bucket: 'bucket', region: 'x', endpoint, credentials: KEYS });

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

describe('what is not there is told at once, and what rests on it is skipped', () => {
  it('with a port that nobody listens at', async () => {
    const closed = createServer();
    const free = await port(closed);
    await new Promise((resolve) => closed.close(resolve));
    const report = await diagnosed({ bucket: place(`http://127.0.0.1:${free}`) });
    expect(
      linesOf(report, 'connection', 'clock', 'identity', 'bucket', 'permissions', 'preconditions'),
    ).toEqual([
      `FAILURE  127.0.0.1 port ${free}: nobody listens there`,
      '→ look whether the server runs, and at the port',
      ...Array(5).fill('skipped  since the server can’t be reached'),
    ]);
    expect(doctorLines(report).at(-1)).toBe('1 failure, no warnings, 7 checks skipped.');
  });

  it('with a name that there is not', async () => {
    const report = await diagnosed({ bucket: place('http://nowhere.invalid') });
    expect(linesOf(report, 'name')[0]).toMatch(
      /^FAILURE {2}the name nowhere.invalid can’t be resolved \(E/,
    );
    expect(linesOf(report, 'connection')).toEqual([
      'skipped  since the server’s name can’t be resolved',
    ]);
  });

  it('with a server that takes connections and does not answer', async () => {
    const hanging = await port();
    const report = await diagnosed({ bucket: place(`http://127.0.0.1:${hanging}`), limit: 300 });
    expect(linesOf(report, 'clock', 'identity')).toEqual([
      'FAILURE  no answer within 0.3 s',
      'skipped  since the server does not answer, or its clock is another',
    ]);
  });

  it('with a directory that is missing', async () => {
    const path = join(await ward(), 'missing');
    const report = await diagnosed({ directory: { path } });
    expect(linesOf(report, 'directory', 'file-system', 'room')).toEqual([
      `FAILURE  ${path} is not there`,
      '→ look at its name, and whether its disk is mounted',
      'skipped  since the directory can’t be used',
      'skipped  since the directory can’t be used',
    ]);
  });
});

describe('the clock', () => {
  /** A server whose clock is so many milliseconds ahead. */
  async function ahead(ms: number): Promise<string[]> {
    const server = createHttpServer((_, response) => {
      response.setHeader('date', new Date(Date.now() + ms).toUTCString());
      response.writeHead(403).end();
    });
    const bucket = place(`http://127.0.0.1:${await port(server)}`);
    return linesOf(await diagnosed({ bucket, role: 'readonly' }), 'clock');
  }

  it('may be a few seconds away', async () => {
    expect((await ahead(0))[0]).toMatch(
      /^ok {7}within [12] s of the server’s, which answered in \d+ ms$/,
    );
  });

  it('is suspect from a minute on', async () => {
    const [told = '', mend] = await ahead(5 * 60_000 + 500);
    expect(told).toBe('WARNING  this machine’s clock is 5 min behind the server’s');
    expect(mend).toBe(
      '→ set this machine’s clock, and have it kept by NTP (timedatectl set-ntp true)',
    );
  });

  it('is refused from a quarter of an hour on', async () => {
    expect((await ahead(-16 * 60_000))[0]).toBe(
      'FAILURE  this machine’s clock is 16 min ahead of the server’s, and S3 refuses what is 15 minutes away',
    );
  });
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

describe('checks', () => {
  const check = (id: string, more: Partial<Check> = {}): Check => ({
    ...{ id, title: id, hindrance: `${id} is wrong` },
    run: async () => [ok('well')],
    ...more,
  });
  const patient = { mode: 'target', role: 'readonly', limit: 50, s3: {} } as const;

  it('that hang are failures, and others are made all the same', async () => {
    const hangs = check('a', { run: () => new Promise(() => {}) });
    const found = await examine(
      [hangs, check('b'), check('c', { needs: ['a'] })],
      patient,
      new AbortController().signal,
    );
    expect(found.map(({ findings, skipped }) => skipped ?? findings[0]?.text)).toEqual([
      'no answer within 0.05 s',
      'well',
      'a is wrong',
    ]);
  });

  it('that are late tidy up before the end', async () => {
    let tidied = false;
    const run = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          setTimeout(() => {
            tidied = true;
            reject(signal.reason);
          }, 10);
        });
      });
    await examine([check('a', { run })], patient, new AbortController().signal);
    expect(tidied).toBe(true);
  });

  it('are skipped for the first cause', async () => {
    const checks = [
      check('a', { run: async () => [failure('broken')] }),
      check('b', { needs: ['a'] }),
      check('c', { needs: ['b'] }),
    ];
    const [, b, c] = await examine(checks, patient, new AbortController().signal);
    expect([b?.skipped, c?.skipped]).toEqual(['a is wrong', 'a is wrong']);
  });

  it('tidy up when they are interrupted', async () => {
    const interrupt = new AbortController();
    let tidied = false;
    const run = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          setImmediate(() => {
            tidied = true;
            reject(signal.reason);
          });
        });
        interrupt.abort();
      });
    const examining = examine(
      [check('a', { run })],
      { ...patient, limit: 10_000 },
      interrupt.signal,
    );
    await expect(examining).rejects.toMatchObject({ code: 'Aborted' });
    expect(tidied).toBe(true);
  });
});

it('a proxy that is not heeded is told of, without what it holds', async () => {
  vi.stubEnv('HTTPS_PROXY', 'http://user:secret@proxy:3128');
  const report = await diagnosed({ bucket: place('http://127.0.0.1:1') });
  expect(linesOf(report, 'proxy')[0]).toBe(
    'WARNING  HTTPS_PROXY is set, and not heeded: the server is connected to directly',
  );
  expect(JSON.stringify(report)).not.toContain('secret');
});
