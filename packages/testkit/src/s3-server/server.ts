import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type Account,
  accountOf,
  randomCredentials,
  type S3Credentials,
  type S3UserOptions,
  userOf,
} from './account.js';
import type { Bucket } from './bucket.js';
import { S3Error } from './error.js';
import { Exchange, type ServiceOptions } from './exchange.js';
import { type Fault, FaultControl } from './faults.js';
import { type LifecycleAction, runLifecycle } from './lifecycle-run.js';
import { isBucketName } from './operations/buckets.js';
import { sortedUploads } from './operations/list-multipart.js';
import { type LoggedRequest, RequestLog } from './request-log.js';
import { newRequestId } from './send.js';
import { Store } from './store.js';
import { ConnectionCut } from './struck-request.js';

export interface S3ServerOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  /** Certificate and private key in PEM: it speaks https. Default: http. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Every pair is an account of its own, which can't touch the buckets of the others. Default: one random pair. */
  readonly credentials?: readonly S3Credentials[];
  /** Where buckets are kept; found again at the next start. Default: a temporary directory, removed by `close`. */
  readonly dataDirectory?: string;
  /** Buckets of the first account, created at the start if they are missing. */
  readonly buckets?: readonly string[];
  readonly faults?: readonly Fault[];
}

/** A multipart upload that was neither completed nor aborted. */
export interface OpenUpload {
  readonly uploadId: string;
  readonly key: string;
  readonly parts: number;
}

/** A user of an account. */
export interface S3User {
  readonly arn: string;
  readonly credentials: S3Credentials;
  /** What his policies allow and he has not made use of so far, each as `Sid action`, such as `Read s3:GetObject`. */
  readonly unusedPermissions: readonly string[];
}

export interface S3Server {
  /** URL without a slash at its end. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  /** Of the first account. */
  readonly credentials: S3Credentials;
  readonly accounts: readonly S3Credentials[];
  readonly faults: FaultControl;
  readonly requests: RequestLog;
  /** Open connections, idle ones too. */
  readonly connections: number;
  /**
   * Adds a user of the first account, who may do what his policies allow, or those of the buckets, and none denies. What they
   * say is evaluated as Amazon does; a condition that this server does not evaluate is refused.
   * @throws Error for a policy that is none, TypeError for an access key that there is already.
   */
  addUser(options: S3UserOptions): S3User;
  /** Ordered by key; throws if there is no such bucket. */
  openMultipartUploads(bucket: string): OpenUpload[];
  /**
   * Applies the lifecycle rules of all buckets at once, or of one: expires objects, by prefix, tags and size, deletes
   * noncurrent versions and lone delete markers, aborts uploads. Nothing of that happens by itself. What is due is decided
   * as S3 does, which counts days from midnight to midnight UTC.
   * @param options.now milliseconds since 1970; default: the time now. A later one makes things due that are not yet.
   * @returns what was done; throws if there is no such bucket.
   */
  runLifecycle(options?: { readonly now?: number; readonly bucket?: string }): LifecycleAction[];
  /** Cuts all connections, and removes the directory if it is a temporary one. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const { host = '127.0.0.1', region = 'us-east-1', port = 0 } = options;
  const credentials = options.credentials ?? [randomCredentials()];
  const [first] = credentials;
  if (!first) throw new TypeError('credentials: at least one pair is needed');
  const accounts = new Map(
    credentials.map((pair): [string, Account] => [pair.accessKeyId, accountOf(pair)]),
  );
  if (accounts.size < credentials.length) {
    throw new TypeError('credentials: an access key is given twice');
  }
  const temporary =
    options.dataDirectory === undefined ? await mkdtemp(join(tmpdir(), 's3-server-')) : undefined;
  const removeTemporary = async () => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  try {
    const store = await Store.open(temporary ?? resolve(options.dataDirectory ?? ''));
    const faults = new FaultControl();
    for (const fault of options.faults ?? []) faults.add(fault);
    for (const bucket of options.buckets ?? []) {
      if (!isBucketName(bucket)) throw new TypeError(`buckets: ${bucket} is no valid bucket name`);
      if (!store.buckets.has(bucket)) {
        store.createBucket(bucket, accountOf(first).id, region, Date.now());
      }
    }
    const service = new Service({ store, region, accounts, faults, host }, options.tls);
    const bound = await service.listen(port, host);
    const close = async () => {
      await service.close();
      await store.bodies.settle();
      await removeTemporary();
    };
    return {
      endpoint: `http${options.tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
      port: bound,
      region,
      credentials: first,
      accounts: credentials,
      faults,
      requests: service.requests,
      get connections() {
        return service.connections;
      },
      addUser: (user) => addUser(accounts, accountOf(first), user),
      openMultipartUploads: (bucket) => openUploads(store, bucket),
      runLifecycle: ({ now = Date.now(), bucket } = {}) =>
        (bucket === undefined ? [...store.buckets.values()] : [namedBucket(store, bucket)]).flatMap(
          (found) => runLifecycle(found, now),
        ),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

function addUser(accounts: Map<string, Account>, account: Account, options: S3UserOptions): S3User {
  if (accounts.has(options.accessKeyId)) {
    throw new TypeError('addUser: the access key is that of somebody else');
  }
  const added = userOf(account, options);
  const { credentials, user } = added;
  accounts.set(credentials.accessKeyId, added);
  return {
    arn: user.arn,
    credentials,
    get unusedPermissions() {
      return user.policies.unused;
    },
  };
}

function namedBucket(store: Store, name: string): Bucket {
  const found = store.buckets.get(name);
  if (!found) throw new RangeError(`There is no bucket ${name}`);
  return found;
}

function openUploads(store: Store, bucket: string): OpenUpload[] {
  const found = namedBucket(store, bucket);
  return sortedUploads([...found.uploads.values()]).map((upload) => ({
    uploadId: upload.record.id,
    key: upload.record.key,
    parts: upload.parts().length,
  }));
}

class Service {
  readonly requests = new RequestLog();
  readonly #options: ServiceOptions;
  readonly #server: Server;
  readonly #hostSuffixes: readonly string[];
  readonly #running = new Set<Promise<void>>();
  readonly #sockets = new Set<Socket>();

  constructor(options: ServiceOptions, tls: S3ServerOptions['tls']) {
    this.#options = options;
    const { host } = options;
    this.#hostSuffixes = isIP(host) || host === 'localhost' ? ['localhost'] : ['localhost', host];
    const timeouts = {
      requestTimeout: 0, // a large upload takes its time
      keepAliveTimeout: 60_000, // longer than a client keeps an idle connection, so that the client closes it
    };
    this.#server = tls ? createTlsServer({ ...timeouts, ...tls }) : createServer(timeouts);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (message, response) => this.#serve(message, response, false));
    this.#server.on('checkContinue', (message, response) => this.#serve(message, response, true));
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((done, failed) => {
      this.#server.once('error', failed);
      this.#server.listen(port, host, () => {
        this.#server.off('error', failed);
        done();
      });
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('Not listening on a port');
    return address.port;
  }

  async close(): Promise<void> {
    if (this.#server.listening) {
      const closed = new Promise((done) => this.#server.close(done));
      for (const socket of this.#sockets) socket.destroy();
      await closed;
    }
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #serve(message: IncomingMessage, response: ServerResponse, heldBack: boolean): void {
    const run = this.#answer(message, response, heldBack).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Never rejects. */
  async #answer(message: IncomingMessage, response: ServerResponse, heldBack: boolean) {
    const id = newRequestId();
    const exchange = new Exchange(id, message, response, heldBack);
    // Errors of a connection that the client cuts show where it is read or written.
    message.on('error', () => undefined);
    response.on('error', () => undefined);
    let code: string | undefined;
    let failure: unknown;
    try {
      await exchange.run(this.#options, this.#hostSuffixes);
    } catch (error) {
      const answer = error instanceof S3Error ? error : new S3Error('InternalError');
      code = error instanceof ConnectionCut ? undefined : answer.code;
      if (!(error instanceof S3Error) && !(error instanceof ConnectionCut)) failure = error;
      exchange.fail(error, answer);
    }
    const { operation, request } = exchange;
    const logged: LoggedRequest = {
      operation: operation ?? 'Unknown',
      method: message.method ?? '',
      bucket: request?.bucket,
      key: request?.key,
      status: response.headersSent ? response.statusCode : 0,
      code,
      failure,
    };
    this.requests.add(logged);
  }
}
