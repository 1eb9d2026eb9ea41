import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageError } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStorages } from '../../src/server/storages.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-storages-'));
  const file = join(directory, 'storage.json');
  const local = { provider: 'local', root: './files', createRoot: true };
  const target = {
    provider: 's3',
    bucket: 'app-files',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  const both = { provider: 'hybrid', mode: 'source', source: { ...local, root: './both' }, target };
  const storages = { documents: local, uploads: both, bucket: target };
  await writeFile(file, JSON.stringify({ default: 'documents', storages }));
  vi.stubEnv('STORAGE_CONFIG', file);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

describe('the storage of a configuration', () => {
  it('is its default, or the one that is named', async () => {
    const { storage, provider, sides, close } = await openStorages();
    await storage.upload('a.txt', 'x');
    expect([storage.name, provider, sides]).toEqual(['documents', 'local', undefined]);
    await close();
    const bucket = await openStorages('bucket');
    expect(bucket).toMatchObject({
      ...{ provider: 's3', bucket: 'app-files' },
      bucketOrigins: ['https://app-files.s3.eu-central-1.amazonaws.com'],
    });
    await bucket.close();
    await expect(openStorages('none')).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('that is hybrid comes with its sides and its mode', async () => {
    const { storage, sides, mode, bucket, bucketOrigins, close } = await openStorages('uploads');
    await storage.upload('a.txt', 'x');
    expect(await sides?.source.exists('a.txt')).toBe(true);
    expect([mode?.(), bucket]).toEqual(['source', 'app-files']);
    expect(bucketOrigins).toEqual(['https://app-files.s3.eu-central-1.amazonaws.com']);
    await close();
  });

  it('opens while its bucket can’t sign, which it may not need yet', async () => {
    const refused = new StorageError('Unavailable', 'no credentials');
    const signing = vi
      .spyOn(S3StorageProvider.prototype, 'createDownloadUrl')
      .mockRejectedValue(refused);
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const { storage, bucketOrigins, close } = await openStorages('uploads');
    expect(bucketOrigins).toEqual([]);
    expect(warned.mock.lastCall?.[0]).toMatch(/reach s3 until .*: no credentials$/);
    warned.mockRestore();
    signing.mockRestore();
    await storage.upload('a.txt', 'x');
    await close();
  });
});
