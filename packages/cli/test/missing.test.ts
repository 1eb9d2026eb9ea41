import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

/** A migration that has done its work, and of whose copies something has removed one. */
async function missingOne() {
  const made = await setting({ 'a.txt': 'one', 'b.txt': 'two' });
  const { storage, place, server } = made;
  const { endpoint, region, credentials } = server;
  const bucket = new S3StorageProvider({
    ...{ bucket: 'bucket', prefix: 'files', endpoint, region, credentials },
  });
  onTestFinished(() => bucket.close());
  expect(await storage.run('migrate', ...place)).toMatchObject({ code: 0 });
  expect(await storage.run('verify', ...place)).toMatchObject({ code: 0 });
  await bucket.delete('a.txt');
  expect(await storage.run('verify', ...place)).toMatchObject({ code: 1 });
  return { ...made, bucket };
}

it('copies that are missing from the bucket are told of, and copied again only with --missing', async () => {
  const { storage, place, bucket } = await missingOne();
  const told = 'missing from the target, as storage verify has found: 1 copy.';
  const plain = await storage.run('migrate', ...place);
  expect(plain).toMatchObject({ code: 1 });
  expect(plain.stdout).toContain(told);
  expect(plain.stdout).toContain('storage migrate --missing');
  expect(plain.stdout).toContain('Incomplete');
  expect((await storage.run('status', ...place)).stdout).toContain(told);
  const report = await storage.run('report', ...place, '--format', 'html');
  expect(report.stdout).toContain('1 copy is missing in the target');
  expect(await bucket.exists('a.txt')).toBe(false);

  const again = await storage.run('migrate', ...place, '--missing');
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain('Complete');
  expect(again.stdout).not.toContain('missing');
  expect(await bucket.exists('a.txt')).toBe(true);
  expect(await storage.run('verify', ...place)).toMatchObject({ code: 0 });
});

it('a copy that the directory does not have either stays missing', async () => {
  const { storage, place, directory } = await missingOne();
  await using files = new LocalStorageProvider({ root: directory });
  await files.delete('a.txt');
  const again = await storage.run('migrate', ...place, '--missing');
  expect(again).toMatchObject({ code: 1 });
  expect(again.stdout).toContain('missing from the target, as storage verify has found: 1 copy.');
});
