import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { type S3Capabilities, type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import type { ConformanceHarness } from '@org/storage-testkit';
import { raceInProcesses } from '@org/storage-testkit/races';
import { bundledModule } from '../../testkit/test/bundled-module.js';
import { MIB, type S3Account } from './store.js';

/**
 * A bucket for every case. To be called at the top of a test file, or within `describe`.
 * @param probed whether the provider goes by what it found out, and not by its profile.
 */
export function conformanceHarness(
  account: () => S3Account,
  options: Partial<S3StorageOptions>,
  probed = false,
): Pick<ConformanceHarness, 'largeFileBytes' | 'open' | 'openVersioned'> {
  const run = randomBytes(4).toString('hex');
  const racer = bundledModule(new URL('./racer.ts', import.meta.url), 's3');
  let buckets = 0;
  let found: S3Capabilities | undefined;
  const open = async (versioned: boolean) => {
    const { endpoint, region, credentials } = account();
    const Bucket = `case-${run}-${++buckets}`;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket }));
    if (versioned) {
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    }
    client.destroy();
    const own = { bucket: Bucket, endpoint, region, credentials, partSize: 5 * MIB, ...options };
    const same = { ...own, ...(found === undefined ? {} : { capabilities: found }) };
    const provider = new S3StorageProvider(same);
    if (probed) found ??= await provider.probe(); // all buckets of a server are alike
    const again = { ...own, ...(found === undefined ? {} : { capabilities: found }) };
    return {
      provider,
      fetch,
      close: () => provider.close(),
      reopen: async () => new S3StorageProvider(again),
      race: raceInProcesses({ module: racer.url, settings: again }),
      async leftovers() {
        const found: string[] = [];
        for await (const { key, uploadId } of provider.multipart.list()) {
          found.push(`${key} ${uploadId}`);
        }
        return found;
      },
    };
  };
  return {
    largeFileBytes: 6 * MIB,
    open: () => open(false),
    openVersioned: () => open(true),
  };
}
