import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** Static credentials, or a function that gets them; as the SDK takes them. */
export type S3Credentials = NonNullable<S3ClientConfig['credentials']>;

export interface S3ClientOptions {
  /** Default: the SDK's (`AWS_REGION`, the shared configuration file); with an endpoint, `us-east-1` after `AWS_REGION`. */
  readonly region?: string | undefined;
  /** URL of an S3-compatible server. Default: Amazon S3. */
  readonly endpoint?: string | undefined;
  /** Default: the SDK's chain (environment, shared files, container, instance). */
  readonly credentials?: S3Credentials | undefined;
  /** A profile of the shared AWS configuration files. */
  readonly profile?: string | undefined;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Default: `true` with an endpoint. */
  readonly forcePathStyle?: boolean | undefined;
  /** Connections at once; further requests wait. Default 50. */
  readonly maxSockets?: number | undefined;
  /** Milliseconds without a byte in either direction until a request fails. Default 60,000. */
  readonly requestTimeout?: number | undefined;
  /** Milliseconds until a connection must stand. Default 5,000. */
  readonly connectionTimeout?: number | undefined;
  /** How often a request is tried. Default 3. */
  readonly maxAttempts?: number | undefined;
}

export const DEFAULT_MAX_SOCKETS = 50;

const silent = () => {};
/** Not the SDK's own silent logger: where it finds that one, it writes some warnings to the console. */
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

export function createClient(options: S3ClientOptions): S3Client {
  const { endpoint, credentials, profile, maxAttempts } = options;
  const { maxSockets = DEFAULT_MAX_SOCKETS } = options;
  const region = options.region ?? (endpoint && (process.env['AWS_REGION'] || 'us-east-1'));
  const agent = { keepAlive: true, maxSockets };
  return new S3Client({
    ...(region ? { region } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    // Each request states the checksums that it wants. By itself, the SDK would frame streams in a way that older servers
    // store as content, and hash every body that comes in a second time.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With `Expect: 100-continue`, the SDK opens a connection for each request. Where it pays, it is asked for.
    expectContinueHeader: false,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: options.connectionTimeout ?? 5_000,
      socketTimeout: options.requestTimeout ?? 60_000,
      httpAgent: agent,
      httpsAgent: agent,
      logger: SILENT,
    },
  });
}
