import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import type { ConformanceHarness } from '@org/storage-testkit';
import { MIB, type S3Account } from './store.js';

/**
 * A bucket for every case.
 * @param probed whether the provider goes by what it found out, and not by its profile.
 */
export function conformanceHarness(
  account: () => S3Account,
  options: Partial<S3StorageOptions>,
  probed = false,
): Pick<ConformanceHarness, 'largeFileBytes' | 'open'> {
  const run = randomBytes(4).toString('hex');
  let buckets = 0;
  return {
    largeFileBytes: 6 * MIB,
    async open() {
      const { endpoint, region, credentials } = account();
      const bucket = `case-${run}-${++buckets}`;
      const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      client.destroy();
      const open = () =>
        new S3StorageProvider({
          bucket,
          endpoint,
          region,
          credentials,
          partSize: 5 * MIB,
          ...options,
        });
      const provider = open();
      if (probed) await provider.probe();
      return {
        provider,
        close: () => provider.close(),
        reopen: async () => open(),
        async leftovers() {
          const found: string[] = [];
          for await (const { key, uploadId } of provider.multipart.list()) {
            found.push(`${key} ${uploadId}`);
          }
          return found;
        },
      };
    },
  };
}
