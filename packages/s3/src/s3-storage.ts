import { HeadBucketCommand, type S3Client, type StorageClass } from '@aws-sdk/client-s3';
import {
  asStorageError,
  type Body,
  type Capabilities,
  type Condition,
  type CopyOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type HealthReport,
  isStorageError,
  keyProblem,
  type ListEntry,
  type ListOptions,
  type MultipartUploads,
  moveByCopy,
  type OperationOptions,
  parseKey,
  runListing,
  runOperation,
  StorageError,
  type StorageProvider,
  type UploadOptions,
} from '@org/storage-core';
import { type Bucket, within } from './bucket.js';
import { createClient, DEFAULT_MAX_SOCKETS, type S3ClientOptions } from './client.js';
import { copyFile } from './copy.js';
import { deleteFile, deleteFiles } from './delete.js';
import { downloadFile } from './download.js';
import { listFiles } from './list.js';
import { abortUpload } from './multipart.js';
import { MAX_PART_SIZE, MAX_SINGLE_SIZE, MIN_PART_SIZE } from './part-size.js';
import { probeBucket } from './probe.js';
import { type S3Context, s3Error } from './s3-error.js';
import { SERVER_PROFILES, type ServerName, serverOf } from './server-profile.js';
import { statFile } from './stat.js';
import { listUnfinished, type UnfinishedOptions } from './unfinished.js';
import { uploadFile } from './upload.js';

export interface S3StorageOptions extends S3ClientOptions {
  readonly bucket: string;
  /** A place in the bucket that all keys are below; a slash is added at its end. Default: the whole bucket. */
  readonly prefix?: string | undefined;
  /**
   * What kind of server it is. Default: `aws` without an endpoint or with one of Amazon's, `r2` with Cloudflare's, else
   * `generic`, which promises no conditional writes until a {@link S3StorageProvider.probe} has found them.
   */
  readonly server?: ServerName | undefined;
  /** What is known better of this server, such as the result of an earlier probe. */
  readonly capabilities?: Partial<Capabilities> | undefined;
  /** Bytes of a part, 5 MiB to 5 GiB; files too large for 10,000 of them get larger ones. Default 8 MiB. */
  readonly partSize?: number | undefined;
  /** Parts of one file under way at once. Default 4. */
  readonly concurrency?: number | undefined;
  /** Bytes above which a file is sent in parts; what is not is kept in memory. Default, and at least, `partSize`. */
  readonly multipartThreshold?: number | undefined;
  /** Bytes above which a file is copied in parts, up to 5 GiB, the default. */
  readonly copyThreshold?: number | undefined;
  /** Default: the bucket's. */
  readonly storageClass?: StorageClass | undefined;
  /** A client of your own, in place of all options about the connection; it is left open. */
  readonly client?: S3Client | undefined;
  /** For messages and metrics. Default `s3`. */
  readonly name?: string | undefined;
}

const MIB = 1024 ** 2;

/** A bucket of Amazon S3, or of a server that speaks its protocol. */
export class S3StorageProvider implements StorageProvider {
  readonly name: string;
  /** Unfinished uploads in parts, of this process or of any other. */
  readonly multipart: MultipartUploads;
  readonly #endpoint: string | undefined;
  readonly #ownsClient: boolean;
  #bucket: Bucket;
  #closed = false;

  /**
   * @throws StorageError `InvalidArgument` for options that make no sense.
   */
  constructor(options: S3StorageOptions) {
    checkOptions(options);
    const { endpoint, partSize = 8 * MIB } = options;
    const profile = SERVER_PROFILES[options.server ?? serverOf(endpoint)];
    this.name = options.name ?? 's3';
    this.#endpoint = endpoint;
    this.#ownsClient = options.client === undefined;
    this.#bucket = {
      client: options.client ?? createClient(options),
      name: options.bucket,
      prefix: options.prefix?.replace(/([^/])$/, '$1/') ?? '',
      profile,
      capabilities: { ...profile.capabilities, ...options.capabilities },
      storageClass: options.storageClass,
      partSize,
      concurrency: options.concurrency ?? 4,
      multipartThreshold: options.multipartThreshold ?? partSize,
      copyThreshold: options.copyThreshold ?? MAX_SINGLE_SIZE,
    };
    this.multipart = {
      list: (listing = {}) => this.#listUnfinished(listing),
      abort: (key, uploadId, abortion = {}) => this.#abortUnfinished(key, uploadId, abortion),
    };
  }

  /** Of the server's profile, as corrected by the options; after a {@link probe}, as measured. */
  get capabilities(): Capabilities {
    return this.#bucket.capabilities;
  }

  /**
   * One request for what fits into memory, several in parallel for more. `lastModified` of the result is the server's
   * clock when it answered; `stat` tells the stored time, which may be a second apart, or, for parts, that of the start.
   *
   * A conditional upload may fail with `AlreadyExists` or `PreconditionFailed` although it is this very upload that
   * succeeded, where the first answer was lost and the request was sent again. Compare the checksums to tell.
   */
  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const { condition } = options;
    return this.#run('upload', key, { ...options, condition, body }, async () => {
      const parsed = parseKey(key);
      checkUploadOptions(options);
      return uploadFile(this.#bucket, parsed, body, options);
    });
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    const { condition } = options;
    return this.#run('download', key, { ...options, condition }, async (context) => {
      const parsed = parseKey(key);
      checkDownloadOptions(options);
      return downloadFile(this.#bucket, parsed, options, (error) =>
        asStorageError(error, context, () => s3Error(error, context)),
      );
    });
  }

  stat(key: string, options: OperationOptions = {}): Promise<FileMetadata> {
    return this.#run('stat', key, options, async () => {
      const parsed = parseKey(key);
      checkOperationOptions(options);
      return statFile(this.#bucket, parsed, options.signal);
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const { condition } = options;
    return this.#run('delete', key, { ...options, condition }, async () => {
      const parsed = parseKey(key);
      checkDeleteOptions(options);
      return deleteFile(this.#bucket, parsed, options);
    });
  }

  /** By 1,000 keys a request where the server can. */
  deleteMany(keys: Iterable<string>, options: OperationOptions = {}): Promise<DeleteResult> {
    return this.#run('deleteMany', undefined, options, async () => {
      checkOperationOptions(options);
      if (!this.#bucket.profile.bulkDelete) return deleteEach(this, keys, options);
      return deleteFiles(
        this.#bucket,
        keys,
        options.signal,
        (key) => this.delete(key, options),
        (error, key) => {
          const context = this.#context('deleteMany', key, options);
          return asStorageError(error, context, () => s3Error(error, context));
        },
      );
    });
  }

  list(options: ListOptions = {}): AsyncIterable<ListEntry> {
    return this.#runListing(options, () => {
      checkListOptions(options);
      return listFiles(this.#bucket, options);
    });
  }

  /** Within the server; of a file that is overwritten meanwhile, the old content or none (`Conflict`). */
  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('copy', from, options, async () => {
      const keys = [parseKey(from), parseKey(to)] as const;
      checkCopyOptions(options);
      return copyFile(this.#bucket, ...keys, options);
    });
  }

  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('move', from, options, () => moveByCopy(this, from, to, options));
  }

  /** Asks for the bucket, which takes the permission `s3:ListBucket`. */
  async checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const start = performance.now();
    const latency = () => Math.round(performance.now() - start);
    try {
      await this.#run('checkHealth', undefined, options, async () => {
        checkOperationOptions(options);
        const command = new HeadBucketCommand({ Bucket: this.#bucket.name });
        await this.#bucket.client.send(command, within(options.signal));
      });
      return { healthy: true, latency: latency() };
    } catch (error) {
      if (!isStorageError(error) || ['Aborted', 'InvalidArgument'].includes(error.code))
        throw error;
      return { healthy: false, latency: latency(), error };
    }
  }

  /**
   * Tries out which conditions the bucket honours, on keys of its own below `.storage/`, and goes by the result from then
   * on. It takes the permission to write; without the one to delete, two small objects stay behind.
   */
  probe(options: OperationOptions = {}): Promise<Capabilities> {
    return this.#run('probe', undefined, options, async () => {
      checkOperationOptions(options);
      const { capabilities, checksums } = await probeBucket(this.#bucket, options.signal);
      const profile = { ...this.#bucket.profile, checksums };
      this.#bucket = { ...this.#bucket, profile, capabilities };
      return capabilities;
    });
  }

  /** Closes the connections, also of downloads that are still read; a client that was handed in is left alone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#ownsClient) this.#bucket.client.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #listUnfinished(options: UnfinishedOptions) {
    return this.#runListing(options, () => {
      const { prefix: _, ...rest } = options;
      checkOperationOptions(rest);
      return listUnfinished(this.#bucket, options);
    });
  }

  #abortUnfinished(key: string, uploadId: string, options: OperationOptions): Promise<void> {
    return this.#run('abort', key, options, async () => {
      checkOperationOptions(options);
      const name = { Bucket: this.#bucket.name, Key: this.#bucket.prefix + key };
      try {
        await abortUpload(this.#bucket, name, uploadId, options.signal);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
      }
    });
  }

  #runListing<T>(options: OperationOptions, run: () => AsyncIterable<T>): AsyncIterable<T> {
    const context = this.#context('list', undefined, options);
    return runListing(
      context,
      () => {
        this.#checkOpen();
        return run();
      },
      (error) => s3Error(error, context),
    );
  }

  #run<T>(
    operation: string,
    key: string | undefined,
    about: RunContext,
    run: (context: S3Context) => Promise<T>,
  ): Promise<T> {
    const context = this.#context(operation, key, about);
    return runOperation(
      context,
      async () => {
        this.#checkOpen();
        return run(context);
      },
      (error) => s3Error(error, context),
    );
  }

  #context(operation: string, key: string | undefined, about: RunContext): S3Context {
    const { signal, body, condition } = about;
    const endpoint = this.#endpoint;
    const bucket = this.#bucket.name;
    return { operation, provider: this.name, key, signal, body, condition, bucket, endpoint };
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new StorageError('Unavailable', 'the provider is closed', { retryable: false });
  }
}

interface RunContext extends OperationOptions {
  readonly condition?: Condition | undefined;
  readonly body?: Body | undefined;
}

function checkOptions(options: S3StorageOptions): void {
  const { bucket, prefix, partSize = 8 * MIB, concurrency = 4, maxSockets } = options;
  const { multipartThreshold = partSize, copyThreshold = MAX_SINGLE_SIZE, endpoint } = options;
  const sockets = maxSockets ?? DEFAULT_MAX_SOCKETS;
  const problem =
    typeof bucket !== 'string' || bucket === ''
      ? 'bucket is missing'
      : prefix && keyProblem(`${prefix.replace(/\/$/, '')}/x`) !== undefined
        ? `prefix ${JSON.stringify(prefix)} can’t begin a key: ${keyProblem(`${prefix.replace(/\/$/, '')}/x`)}`
        : endpoint !== undefined && !/^https?:\/\/[^/]/.test(endpoint)
          ? `endpoint ${JSON.stringify(endpoint)} is not a URL; it begins with https:// or http://`
          : !within5MibAnd5Gib(partSize)
            ? 'partSize is 5 MiB to 5 GiB, in bytes'
            : !(Number.isSafeInteger(concurrency) && concurrency >= 1)
              ? 'concurrency is a whole number of parts, 1 or more'
              : !(Number.isSafeInteger(sockets) && sockets >= concurrency)
                ? 'maxSockets is a whole number, and no less than concurrency'
                : !(multipartThreshold >= partSize && multipartThreshold <= MAX_SINGLE_SIZE)
                  ? 'multipartThreshold is partSize to 5 GiB, in bytes'
                  : !within5MibAnd5Gib(copyThreshold)
                    ? 'copyThreshold is 5 MiB to 5 GiB, in bytes'
                    : undefined;
  if (problem !== undefined) throw new StorageError('InvalidArgument', problem);
}

function within5MibAnd5Gib(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= MIN_PART_SIZE && bytes <= MAX_PART_SIZE;
}
