import { randomBytes } from 'node:crypto';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { type IamPolicyOptions, iamPolicy, type Role } from '@org/storage-s3/provision';
import { type S3Server, type S3User, startS3Server } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';

/** A server with two buckets, `files` and `other`, of which nobody but their owner may do anything. */
export async function startedServer(): Promise<S3Server> {
  const server = await startS3Server({ buckets: ['files', 'other'] });
  onTestFinished(() => server.close());
  return server;
}

/** One who has the policy of the role, and nothing else. */
export function addUser(
  server: S3Server,
  role: Role,
  options: Partial<IamPolicyOptions> = {},
): S3User {
  return userWith(server, [iamPolicy(role, { bucket: 'files', ...options })]);
}

export function userWith(server: S3Server, policies: readonly object[]): S3User {
  const [accessKeyId, secretAccessKey] = [0, 1].map(() => randomBytes(9).toString('hex'));
  return server.addUser({
    accessKeyId: accessKeyId ?? '',
    secretAccessKey: secretAccessKey ?? '',
    policies,
  });
}

/** Of the user, or else of the bucket’s owner. */
export function storageOf(
  server: S3Server,
  options: Partial<S3StorageOptions> = {},
  { credentials }: Pick<S3User, 'credentials'> = server,
): S3StorageProvider {
  const { endpoint, region } = server;
  const storage = new S3StorageProvider({
    ...{ bucket: 'files', endpoint, region, credentials },
    ...{ server: 'aws', partSize: 5 * 1024 ** 2, maxAttempts: 1 },
    ...options,
  });
  onTestFinished(() => storage.close());
  return storage;
}

/** Operations that the server was asked for, each once. */
export function operationsOf(server: S3Server): readonly string[] {
  return Object.keys(server.requests.counts()).sort();
}
