import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetBucketVersioningCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { createBucketClient } from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../src/main.js';
import { temporaryDirectory } from './fixtures.js';

/** A server without buckets, and what the command says and answers in this process. */
async function setting() {
  const home = await temporaryDirectory();
  const server = await startS3Server();
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  for (const name of ['STORAGE_CONFIG', 'AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_REGION'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  const client = createBucketClient({ endpoint, region, credentials });
  onTestFinished(() => client.destroy());
  const provision = async (...args: readonly string[]) => {
    const text = { stdout: '', stderr: '' };
    const [out, err] = (['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((piece) => {
        text[name] += String(piece);
        return true;
      }),
    );
    try {
      return { code: await run(['provision', ...args]), ...text };
    } finally {
      out?.mockRestore();
      err?.mockRestore();
    }
  };
  const file = async (name: string, content: unknown) => {
    const path = join(home, name);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  return { server, client, provision, file, at: ['--endpoint', endpoint] as const };
}

const SETTINGS = {
  versioning: 'enabled',
  encryption: 'sse-s3',
  lifecycle: { abandonedUploads: { days: 7 }, tombstones: { days: 90 } },
  cors: { origins: ['https://app.example.com'] },
  tags: { team: 'files' },
};

describe('storage provision', () => {
  it('shows what it would do, does it, and then finds nothing to do', async () => {
    const { provision, file, at, server, client } = await setting();
    const bucket = ['s3://uploads', ...at, '--settings', await file('bucket.json', SETTINGS)];
    const dry = await provision(...bucket, '--dry-run');
    expect(dry).toMatchObject({ code: 3, stderr: '' });
    expect(dry.stdout).toContain('  + versioning: enabled\n');
    expect(dry.stdout).toContain('! policy: requests in clear are not denied');
    expect(server.requests.count('CreateBucket')).toBe(0);

    const done = await provision(...bucket, '--yes');
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/done +versioning\n/);
    expect(done.stdout).toContain('bucket uploads is as it shall be\n');

    const again = await provision(...bucket, '--yes');
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^bucket uploads is as it shall be\n/);

    const VersioningConfiguration = { Status: 'Suspended' } as const;
    await client.send(
      new PutBucketVersioningCommand({ Bucket: 'uploads', VersioningConfiguration }),
    );
    const changed = await provision(...bucket, '--dry-run', '--json');
    expect(changed.code).toBe(3);
    const { differences } = JSON.parse(changed.stdout);
    expect(differences).toContainEqual(
      expect.objectContaining({
        setting: 'versioning',
        kind: 'change',
        now: { versioning: 'suspended' },
        wanted: { versioning: 'enabled' },
      }),
    );
  });

  it('takes the bucket and its settings from the configuration', async () => {
    const { provision, file, server, client } = await setting();
    const config = await file('storage.json', {
      storages: {
        uploads: {
          provider: 'hybrid',
          mode: 'source',
          source: { provider: 'local', root: './files' },
          target: {
            provider: 's3',
            bucket: 'configured',
            endpoint: server.endpoint,
            provision: SETTINGS,
          },
        },
        documents: { provider: 'local', root: './documents' },
      },
    });
    const done = await provision('--config', config, '--storage', 'uploads', '--yes');
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(
      await client.send(new GetBucketVersioningCommand({ Bucket: 'configured' })),
    ).toMatchObject({ Status: 'Enabled' });
    expect(await provision('--config', config, '--dry-run')).toMatchObject({ code: 0 });
    const local = await provision('--config', config, '--storage', 'documents');
    expect(local.code).toBe(2);
    expect(local.stderr).toMatch(/no bucket in documents; storages with one: uploads/);
  });

  it('tells what is wrong with a command line or its settings, before anything is asked', async () => {
    const { provision, file, at, server } = await setting();
    const cases: [args: string[], told: RegExp][] = [
      [['s3://uploads/files', ...at], /name the bucket alone: s3:\/\/uploads/],
      [['s3://uploads', '--storage', 'uploads', ...at], /and not both/],
      [['s3://uploads', ...at, '--settings', '/missing.json'], /settings can’t be read/],
      [['s3://uploads', ...at, '--settings', await file('a.json', '{')], /is no JSON/],
      [
        ['s3://uploads', ...at, '--settings', await file('b.json', { versionning: 'enabled' })],
        /versionning.*versioning/,
      ],
      [
        [
          ...['s3://uploads', ...at, '--settings'],
          await file('c.json', { lifecycle: { tombstones: { days: 0 } } }),
        ],
        /lifecycle\.tombstones\.days/,
      ],
    ];
    for (const [args, told] of cases) {
      const ended = await provision(...args, '--yes');
      expect(ended.stderr).toMatch(told);
      expect(ended.code).toBe(2);
    }
    expect(server.requests.count()).toBe(0);
  });

  it('asks, and where nobody can be asked, changes nothing', async () => {
    const { provision, at, server } = await setting();
    const ended = await provision('s3://uploads', ...at);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/give --yes/) });
    expect(server.requests.count('CreateBucket')).toBe(0);
  });

  it('goes on where something is denied, and says so', async () => {
    const { provision, file, at, server } = await setting();
    server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'PutBucketTagging' });
    server.faults.add({ type: 'error', code: 'NotImplemented', operation: 'PutBucketCors' });
    const settings = await file('bucket.json', SETTINGS);
    const ended = await provision('s3://uploads', ...at, '--settings', settings, '--yes');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/denied +tags: .*s3:PutBucketTagging/);
    expect(ended.stdout).toMatch(/unsupported +cors/);
    expect(ended.stdout).toMatch(/done +lifecycle/);
    expect(ended.stdout).not.toContain('as it shall be');
    server.faults.clear();
    server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'GetBucketTagging' });
    const unread = await provision('s3://uploads', ...at, '--settings', settings, '--yes');
    expect(unread.code).toBe(1);
    expect(unread.stdout).toMatch(/! tags: .*s3:GetBucketTagging/);
    expect(unread.stdout).not.toContain('as it shall be');
  });
});
