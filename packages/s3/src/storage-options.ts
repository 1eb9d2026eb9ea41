import { ObjectCannedACL, type S3Client, type StorageClass } from '@aws-sdk/client-s3';
import { type ChecksumAlgorithm, keyProblem, StorageError } from '@org/storage-core';
import { DEFAULT_MAX_SOCKETS, type S3ClientOptions } from './client.js';
import { encryptionProblem, type S3Encryption } from './encryption.js';
import { MAX_PART_SIZE, MAX_SINGLE_SIZE, MIN_PART_SIZE } from './part-size.js';
import {
  type S3Capabilities,
  SERVER_PROFILES,
  type ServerName,
  serverOf,
} from './server-profile.js';

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
  readonly capabilities?: Partial<S3Capabilities> | undefined;
  /** Bytes of a part, 5 MiB to 5 GiB; files too large for 10,000 of them get larger ones. Default 8 MiB. */
  readonly partSize?: number | undefined;
  /** Parts of one file under way at once. Default 4. */
  readonly concurrency?: number | undefined;
  /** Bytes above which a file is sent in parts; what is not is kept in memory. Default, and at least, `partSize`. */
  readonly multipartThreshold?: number | undefined;
  /** How often in a row a download is tried to be continued without getting a byte. Default 5. */
  readonly downloadAttempts?: number | undefined;
  /**
   * Pieces of one file that are downloaded at once, over a connection each. Default 1: files are read as they come. Up to
   * `downloadConcurrency × downloadPartSize` bytes are kept in memory for each body that is read.
   */
  readonly downloadConcurrency?: number | undefined;
  /** Bytes of such a piece; smaller files are read as they come. Default 8 MiB. */
  readonly downloadPartSize?: number | undefined;
  /**
   * Which checksum of an upload the server is asked to verify and to keep. `crc32`, the default: of the whole content, the
   * fastest. `crc64nvme`: of the whole, at about 150 MB a second, since it is computed in JavaScript. `sha256`: of the
   * whole for one request; for an upload in parts only of each part, and the whole has none that a reader could check
   * unless `checksums.sha256` was given with the upload, or the content was in memory, from where it goes into the metadata.
   */
  readonly checksum?: ChecksumAlgorithm | undefined;
  /** Bytes above which a file is copied in parts, up to 5 GiB, the default. */
  readonly copyThreshold?: number | undefined;
  /** Default: the bucket's. */
  readonly storageClass?: StorageClass | undefined;
  /**
   * How the server encrypts what is uploaded or copied. Default: as the bucket has it, which on Amazon S3 is never in clear.
   * With `sse-c`, only files that were encrypted with this very key can be read.
   */
  readonly encryption?: S3Encryption | undefined;
  /**
   * Access control list of what is uploaded or copied. Default: none is sent, which leaves it private. Buckets of Amazon S3
   * have none unless their ownership controls say otherwise.
   */
  readonly acl?: ObjectCannedACL | undefined;
  /** A client of your own, in place of all options about the connection; it is left open. */
  readonly client?: S3Client | undefined;
  /**
   * URL under which others reach the server, where it is not the `endpoint`: a browser does not know the host names of a network
   * of containers. For signed URLs and tickets; a proxy between must leave host and path as they are. Default: the `endpoint`.
   */
  readonly publicEndpoint?: string | undefined;
  /** For messages and metrics. Default `s3`. */
  readonly name?: string | undefined;
}

/** Bytes. */
export const DEFAULT_PART_SIZE = 8 * 1024 ** 2;
export const DEFAULT_CONCURRENCY = 4;

/**
 * @throws StorageError `InvalidArgument` for options that make no sense.
 */
export function checkStorageOptions(options: S3StorageOptions): void {
  for (const problem of problems(options)) throw new StorageError('InvalidArgument', problem);
}

function* problems(options: S3StorageOptions): Generator<string> {
  const { bucket, prefix, endpoint, partSize = DEFAULT_PART_SIZE } = options;
  const { concurrency = DEFAULT_CONCURRENCY, maxSockets = DEFAULT_MAX_SOCKETS } = options;
  const { multipartThreshold = partSize, copyThreshold = MAX_SINGLE_SIZE } = options;
  const { checksum = 'crc32' } = options;
  if (typeof bucket !== 'string' || bucket === '') yield 'bucket is missing';
  const problem = prefix ? keyProblem(`${prefix.replace(/\/$/, '')}/x`) : undefined;
  if (problem !== undefined) yield `prefix ${JSON.stringify(prefix)} can’t begin a key: ${problem}`;
  for (const [name, url] of Object.entries({ endpoint, publicEndpoint: options.publicEndpoint })) {
    if (url !== undefined && !/^https?:\/\/[^/]/.test(url))
      yield `${name} ${JSON.stringify(url)} is not a URL; it begins with https:// or http://`;
  }
  if (!isPartSize(partSize)) yield 'partSize is 5 MiB to 5 GiB, in bytes';
  if (!isCount(concurrency)) yield 'concurrency is a whole number of parts, 1 or more';
  if (!isCount(maxSockets) || maxSockets < concurrency)
    yield 'maxSockets is a whole number, and no less than concurrency';
  for (const name of ['downloadAttempts', 'downloadConcurrency', 'downloadPartSize'] as const) {
    if (!isCount(options[name] ?? 1)) yield `${name} is a whole number, 1 or more`;
  }
  if (maxSockets < (options.downloadConcurrency ?? 1))
    yield 'maxSockets is no less than downloadConcurrency';
  if (!(multipartThreshold >= partSize && multipartThreshold <= MAX_SINGLE_SIZE))
    yield 'multipartThreshold is partSize to 5 GiB, in bytes';
  const encryption = encryptionProblem(options.encryption, endpoint);
  if (encryption !== undefined) yield encryption;
  const { acl, server = serverOf(endpoint) } = options;
  if (acl !== undefined && !SERVER_PROFILES[server].acls)
    yield `servers of the kind ${server} have no access control lists; leave the option acl out`;
  if (acl !== undefined && !Object.values(ObjectCannedACL).includes(acl))
    yield `acl is one of ${Object.values(ObjectCannedACL).join(', ')}`;
  if (!['crc32', 'crc64nvme', 'sha256'].includes(checksum))
    yield 'checksum is crc32, crc64nvme or sha256';
  if (!isPartSize(copyThreshold)) yield 'copyThreshold is 5 MiB to 5 GiB, in bytes';
}

function isPartSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= MIN_PART_SIZE && bytes <= MAX_PART_SIZE;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
