import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** An S3 server to be asked. */
export interface Server {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Keys;
  readonly secondCredentials: Keys | null;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a case asks with. */
export interface Setting {
  readonly server: Server;
  readonly client: S3Client;
  /** Of the first user. */
  readonly bucket: string;
  /** A client with other options; closed with the setting. */
  clientWith(options: S3ClientConfig): S3Client;
}

export async function openSetting(server: Server): Promise<Setting & { close(): void }> {
  const clients: S3Client[] = [];
  const clientWith = (options: S3ClientConfig) => {
    const client = new S3Client({
      endpoint: server.endpoint,
      region: server.region,
      credentials: server.credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 1,
      ...options,
    });
    clients.push(client);
    return client;
  };
  const client = clientWith({});
  const bucket = `answers-${Math.random().toString(36).slice(2)}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const close = () => {
    for (const opened of clients) opened.destroy();
  };
  return { server, client, bucket, clientWith, close };
}

/** The status of an answer, and its code if it is an error. HEAD has no body, and thus no code. */
export async function told(request: Promise<unknown>): Promise<number | string> {
  try {
    return statusOf(await request) ?? 0;
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || !(error instanceof Error)) throw error;
    return `${status} ${error.name}`;
  }
}

function statusOf(answer: unknown): number | undefined {
  if (typeof answer !== 'object' || answer === null || !('$metadata' in answer)) return undefined;
  const { $metadata } = answer;
  if (typeof $metadata !== 'object' || $metadata === null) return undefined;
  return 'httpStatusCode' in $metadata ? Number($metadata.httpStatusCode) : undefined;
}
