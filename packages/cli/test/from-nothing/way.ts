import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  HeadBucketCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, onTestFinished } from 'vitest';
import { Storage, temporaryDirectory } from '../fixtures.js';

interface Place {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const PROVISION = `
      provision:
        versioning: enabled
        lifecycle:
          abandonedUploads: { days: 7 }
          noncurrentVersions: { days: 30, keep: 3 }
        cors: { origins: ['https://app.example.com'] }
        tags: { application: example }`;

/**
 * The way of somebody who has an account and nothing in it: a configuration is begun and filled in, the bucket made by it, made by it once
 * more, and all is looked at; then somebody changes the bucket by hand.
 * @param server the kind, as a configuration names it.
 */
export async function fromNothing(place: Place, server: 'aws' | 'ceph'): Promise<void> {
  const home = await temporaryDirectory();
  const Bucket = `from-nothing-${Math.random().toString(36).slice(2)}`;
  const client = new S3Client({ ...place, forcePathStyle: true });
  onTestFinished(async () => {
    await client.send(new DeleteBucketCommand({ Bucket })).catch(() => {});
    client.destroy();
  });
  const storage = new Storage(home, {});
  const config = join(home, 'config', 'storage.yml');
  const by = ['--config', config] as const;
  const done = async (code: number, ...args: readonly string[]) => {
    const ended = await storage.run(...args);
    expect(ended).toEqual({ ...ended, code }); // so that a failure shows what was told
    expect(ended.stdout + ended.stderr).not.toContain(place.credentials.secretAccessKey);
    return ended.stdout;
  };

  await done(0, 'config', 'init', '--provider', 'hybrid', ...by);
  const secret = join(home, 'secret');
  await writeFile(secret, `${place.credentials.secretAccessKey}\n`);
  await chmod(secret, 0o600);
  const begun = await readFile(config, 'utf8');
  const filled = begun.replace('my-uploads', Bucket).replace(
    'region: eu-central-1',
    `region: ${place.region}
      endpoint: ${place.endpoint}
      server: ${server}
      credentials: { accessKeyId: ${place.credentials.accessKeyId}, secretAccessKeyFile: ${secret} }${PROVISION}`,
  );
  expect(filled).not.toBe(begun);
  await writeFile(config, filled);
  await done(0, 'config', 'validate', ...by);

  const provision = ['provision', '--storage', 'uploads', ...by] as const;
  await done(3, ...provision, '--dry-run');
  await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NotFound',
  });
  await done(0, ...provision, '--yes');
  expect(await done(0, ...provision, '--dry-run')).toContain(`bucket ${Bucket} is as it shall be`);

  const report = JSON.parse(await done(0, 'doctor', '--storage', 'uploads', ...by, '--json'));
  expect(report).toMatchObject({ healthy: true, counts: { failure: 0, skipped: 0 } });

  await client.send(new DeleteBucketLifecycleCommand({ Bucket }));
  expect(await done(3, ...provision, '--dry-run')).toMatch(/lifecycle/);
  await done(0, ...provision, '--yes');
  await done(0, ...provision, '--dry-run');
}
