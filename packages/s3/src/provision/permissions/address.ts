import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { createClient, type S3ClientOptions } from '../../client.js';
import { BEFORE_SIGNING, onRequest } from '../../middleware.js';
import { s3Error } from '../../s3-error.js';

/** Requests are not sent with them. */
const NOBODY = { accessKeyId: 'nobody', secretAccessKey: 'nobody' };

/**
 * Where requests for a bucket go, by the options, the environment and the shared configuration files. Sends nothing, and needs no
 * credentials.
 * @throws StorageError if that can’t be told, such as without a region.
 */
export async function bucketAddress(options: S3ClientOptions, bucket: string): Promise<URL> {
  const client = createClient(
    { ...options, credentials: NOBODY, maxAttempts: 1 },
    new AbortController().signal,
  );
  const found: URL[] = [];
  const command = new HeadBucketCommand({ Bucket: bucket });
  command.middlewareStack.add(
    onRequest(({ protocol = 'https:', hostname = '', port }: Requested) => {
      found.push(new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}/`));
      throw new Error('that is all there is to know');
    }),
    BEFORE_SIGNING,
  );
  const { endpoint } = options;
  const failure: unknown = await client.send(command).catch((error: unknown) => error);
  client.destroy();
  const [address] = found;
  if (address !== undefined) return address;
  throw s3Error(failure, { operation: 'stat', provider: 's3', bucket, endpoint });
}

interface Requested {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly port?: number;
}
