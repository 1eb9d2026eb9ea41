import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { withHeaders } from './middleware.js';
import { closed } from './operations.js';

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

/** A client that signs for another address of the same server, with the same credentials; it sends nothing. */
export function createSigner({ config }: S3Client, endpoint: string): S3Client {
  const { credentials, region, forcePathStyle } = config;
  return new S3Client({ credentials, region, forcePathStyle, endpoint, logger: SILENT });
}

/** @param closing fires when the client is destroyed, after which the SDK would still send: the next attempt, the next part. */
export function createClient(options: S3ClientOptions, closing: AbortSignal): S3Client {
  const { endpoint, credentials, profile, maxAttempts } = options;
  const { maxSockets = DEFAULT_MAX_SOCKETS } = options;
  const region = options.region ?? (endpoint && (process.env['AWS_REGION'] || 'us-east-1'));
  const agent = { keepAlive: true, maxSockets };
  const client = new S3Client({
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
  // It copies each request and each answer for the logger, which does not write them.
  client.middlewareStack.remove('loggerMiddleware');
  client.middlewareStack.add(refusedOnce(closing), { step: 'finalizeRequest', priority: 'low' });
  return client;
}

/**
 * A client as the provider makes it for itself, for several providers that share its connections: their option `client`. Whoever
 * made it destroys it, after the providers were closed.
 */
export function createS3Client(options: S3ClientOptions = {}): S3Client {
  const closing = new AbortController();
  const client = createClient(options, closing.signal);
  const destroy = client.destroy.bind(client);
  client.destroy = () => {
    closing.abort();
    destroy();
  };
  return client;
}

/** Only what cleans up is still sent, over a connection that is not kept. */
function refusedOnce(closing: AbortSignal) {
  return <A extends { readonly request: unknown }, R>(
    next: (args: A) => Promise<R>,
    context: { readonly commandName?: string },
  ) =>
    async (args: A): Promise<R> => {
      if (!closing.aborted) return next(args);
      if (context.commandName !== 'AbortMultipartUploadCommand') throw closed();
      return withHeaders({ connection: 'close' })(next)(args);
    };
}
