import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { iamPolicy } from '@org/storage-s3/provision';
import {
  type CaseGroup,
  type ConformanceHarness,
  conformanceCases,
  runCase,
} from '@org/storage-testkit';
import { type S3Server, type S3User, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationsOfRole } from './expected.js';
import { operationsOf, userWith } from './users.js';

const MIB = 1024 ** 2;
const PREFIX = 'app/files';
/** Of a call that the contract has no case for. */
const UNUSED = ['VersionTags s3:DeleteObjectVersionTagging'];
const EVERYTHING = { tags: true, versions: true, unfinishedUploads: true };

/** Those whose cases differ in what they ask S3 for; the others ask for the same with other keys and bytes. */
const GROUPS: readonly CaseGroup[] = [
  'copy and move',
  'delete',
  'download URLs',
  'multipart',
  'multipart tickets',
  'tags',
  'upload tickets',
  'versions',
];

/** The contract, by one who has no more than the policy; its places in two buckets are two grants. */
describe('the application’s policy', () => {
  let server: S3Server;
  let plain: S3User;
  let versioned: S3User;
  let cases = 0;

  beforeAll(async () => {
    server = await startS3Server({ buckets: ['plain', 'versioned', 'other'] });
    const { endpoint, region, credentials } = server;
    const owner = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await owner.send(
      new PutBucketVersioningCommand({
        Bucket: 'versioned',
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    owner.destroy();
    const userOf = (bucket: string) =>
      userWith(server, [
        iamPolicy('application', { bucket, prefix: PREFIX, features: EVERYTHING }),
      ]);
    [plain, versioned] = [userOf('plain'), userOf('versioned')];
    server.requests.reset();
  });
  afterAll(() => server.close());

  const open = async (bucket: string, { credentials }: S3User) => {
    cases += 1;
    const { endpoint, region } = server;
    const options: S3StorageOptions = {
      ...{ bucket, endpoint, region, credentials, prefix: `${PREFIX}/${cases}` },
      ...{ server: 'aws' as const, partSize: 5 * MIB, copyThreshold: 5 * MIB },
    };
    const provider = new S3StorageProvider(options);
    return {
      provider,
      fetch,
      close: () => provider.close(),
      reopen: async () => new S3StorageProvider(options),
      async leftovers() {
        const found: string[] = [];
        for await (const { key } of provider.multipart.list()) found.push(key);
        return found;
      },
    };
  };

  const harness: ConformanceHarness = {
    name: 'S3StorageProvider with nothing but that policy',
    largeFileBytes: 6 * MIB,
    manyFiles: 20,
    open: () => open('plain', plain),
    openVersioned: () => open('versioned', versioned),
  };
  for (const group of GROUPS) {
    it.each(conformanceCases[group].map((each) => [each.name, each] as const))(
      `${group}: %s`,
      (_, { run }) => runCase(harness, run),
    );
  }

  it('lets it ask whether the bucket is there', async () => {
    const { provider, close } = await open('plain', plain);
    expect(await provider.checkHealth()).toMatchObject({ healthy: true });
    await close();
  });

  it('allows nothing that the contract does not make use of, and knows all that it does', () => {
    // With a prefix, a listing stands in for it.
    const expected = operationsOfRole('application', EVERYTHING).filter(
      (name) => name !== 'HeadBucket',
    );
    expect(operationsOf(server).filter((name) => name !== 'Unknown')).toEqual(expected);
    const unused = plain.unusedPermissions.filter((grant) =>
      versioned.unusedPermissions.includes(grant),
    );
    // Tags of a version are taken away by setting none, which no case does.
    expect(unused).toEqual(UNUSED);
  });
});
