import { HEALTH_PREFIX, HealthCheck } from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import type { ApplicationMode, FileRole } from '@org/storage-s3/provision';
import type { S3Server } from '@org/storage-testkit/s3-server';
import { expect, it, onTestFinished } from 'vitest';
import { addUser, operationsOf, startedServer, storageOf } from './provision/iam/users.js';

const PREFIX = 'app';

function checkOf(storage: S3StorageProvider, writes = true): HealthCheck {
  const check = new HealthCheck(storage, { every: 0, writeEvery: 0, writes: () => writes });
  onTestFinished(() => check.close());
  return check;
}

async function left(server: S3Server): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of storageOf(server, { prefix: PREFIX }).list({ prefix: HEALTH_PREFIX }))
    if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

it.each<[FileRole, ApplicationMode | undefined, boolean | undefined]>([
  ['application', undefined, undefined],
  ['application', 'target', undefined],
  ['application', 'prepare', true],
  ['application', 'hybrid', true],
  ['migrator', undefined, undefined],
])(
  'the policy of the %s in the mode %s, probe: %s, allows all that a check asks for',
  async (role, mode, probe) => {
    const server = await startedServer();
    const features = probe === undefined ? {} : { probe };
    const user = addUser(server, role, { prefix: PREFIX, mode, features });
    server.requests.reset();
    const checks = [1, 2, 3].map(() => checkOf(storageOf(server, { prefix: PREFIX }, user)));
    for (const report of await Promise.all(checks.map((check) => check.check())))
      expect(report).toEqual({ healthy: true, latency: expect.any(Number) });
    await Promise.all(checks.map((check) => check.close()));
    expect(operationsOf(server)).toEqual([
      ...['DeleteObject', 'GetObject', 'HeadObject', 'ListObjectsV2', 'PutObject'],
    ]);
    expect(await left(server)).toEqual([]);
  },
);

it.each<[FileRole, ApplicationMode | undefined]>([
  ['readonly', undefined],
  ['application', 'source'],
])(
  'one who may only read, the %s in the mode %s, is well if he does only that',
  async (role, mode) => {
    const server = await startedServer();
    const user = addUser(server, role, { prefix: PREFIX, mode });
    const storage = storageOf(server, { prefix: PREFIX }, user);
    expect(await checkOf(storage, false).check()).toMatchObject({ healthy: true });
    expect(await checkOf(storage).check()).toMatchObject({
      healthy: false,
      error: { code: 'AccessDenied' },
    });
    expect(await left(server)).toEqual([]);
  },
);

it('what a killed check has left is in no listing that does not ask for it', async () => {
  const server = await startedServer();
  const storage = storageOf(server, { prefix: PREFIX });
  const key = `${HEALTH_PREFIX}00000000-0000-4000-8000-000000000001`;
  await storage.upload(key, 'left');
  await storage.upload('a', 'a');
  const keys: string[] = [];
  for await (const entry of storage.list()) if (entry.type === 'file') keys.push(entry.key);
  expect(keys).toEqual(['a']);
  expect(await left(server)).toEqual([key]);
});
