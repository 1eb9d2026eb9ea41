import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { LocalStorageProvider } from '@org/storage-local';
import type { IamPolicyOptions, Role } from '@org/storage-s3/provision';
import type { S3Server, S3User } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';
import { addUser, startedServer, storageOf } from '../../../s3/test/provision/iam/users.js';
import { temporaryDirectory } from '../fixtures.js';

export const PREFIX = 'app/files';
/** Where the fleet’s registry is. */
export const FLEET = 'ops';

export interface Places {
  readonly server: S3Server;
  readonly source: LocalStorageProvider;
  /** The bucket as one who has the policy of the role, and nothing else. */
  as(role: Role, options?: Partial<IamPolicyOptions>): As;
}

interface As {
  readonly user: S3User;
  readonly target: ReturnType<typeof storageOf>;
  /** Where the registry is. */
  readonly ops: ReturnType<typeof storageOf>;
}

/** A directory with files, and a bucket that keeps versions. */
export async function places(files: Readonly<Record<string, string | Buffer>>): Promise<Places> {
  const root = await temporaryDirectory();
  const source = new LocalStorageProvider({ root, durability: 'relaxed' });
  onTestFinished(() => source.close());
  for (const [key, content] of Object.entries(files)) await source.upload(key, content);
  const server = await startedServer();
  const { endpoint, region, credentials } = server;
  const owner = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await owner.send(new PutBucketVersioningCommand({ Bucket: 'files', VersioningConfiguration }));
  owner.destroy();
  return {
    server,
    source,
    as(role, options = {}) {
      const user = addUser(server, role, { prefix: PREFIX, ...options });
      return {
        user,
        target: storageOf(server, { prefix: PREFIX }, user),
        ops: storageOf(server, { prefix: FLEET }, user),
      };
    },
  };
}
