import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { onTestFinished, vi } from 'vitest';
import { run } from '../../src/main.js';
import { setting } from '../fixtures.js';
import { captured } from '../in-process.js';

/** Nothing of this machine's: neither its AWS configuration nor its variables. */
export function bareEnvironment(home: string, variables: Readonly<Record<string, string>> = {}) {
  const cleared = ['STORAGE_CONFIG', 'STORAGE_ENV', 'NODE_ENV', 'STORAGE_JOURNAL', 'STORAGE_FLEET'];
  for (const name of [...cleared, 'STORAGE_DISK', 'AWS_REGION', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('HOME', home);
  vi.stubEnv('XDG_STATE_HOME', join(home, 'state'));
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** What the command writes while it runs in this process, and how it ends. */
export const ran = (...args: readonly string[]) => captured(() => run(args));

/** A bucket, a directory with files, and a configuration with the credentials in a file. */
export async function configured(
  files: Readonly<Record<string, string | Buffer>>,
  { migration = '{}', fleet = true }: { migration?: string; fleet?: boolean } = {},
) {
  const made = await setting(files, { buckets: ['bucket', 'other'] });
  const { home, server } = made;
  const { accessKeyId, secretAccessKey } = server.credentials;
  await writeFile(join(home, 'secret'), `${secretAccessKey}\n`);
  const config = join(home, 'storage.yml');
  await writeFile(
    config,
    `
storages:
  uploads:
    provider: hybrid
    mode: hybrid
    source: { provider: local, root: ./files }
    target:
      provider: s3
      bucket: bucket
      prefix: files
      endpoint: ${server.endpoint}
      region: us-east-1
      server: aws
      storageClass: STANDARD_IA
      credentials: { accessKeyId: ${accessKeyId}, secretAccessKeyFile: ./secret }
    ${fleet ? 'fleet: { registry: "sqlite:./fleet.sqlite" }' : ''}
    migration: ${migration}
  documents: { provider: local, root: ./documents }
environments:
  test:
    storages: { uploads: { target: { bucket: other } } }
`,
  );
  bareEnvironment(home);
  return { ...made, config };
}

/** A process of the application, in this one. */
export async function application({
  home,
  directory,
  server,
}: Awaited<ReturnType<typeof configured>>) {
  const { endpoint, region, credentials } = server;
  const registry = sqliteFleetRegistry(join(home, 'fleet.sqlite'));
  const neighbours = new FleetMember({ registry, heartbeat: 50 });
  const storage = new HybridStorageProvider({
    source: new LocalStorageProvider({ root: directory }),
    target: new S3StorageProvider({
      ...{ bucket: 'bucket', prefix: 'files', endpoint, region, credentials, server: 'aws' },
    }),
    mode: 'hybrid',
    neighbours,
  });
  onTestFinished(async () => {
    await storage.close();
    await registry.close();
  });
  await storage.exists('a.txt');
  return storage;
}
