import type { S3Client } from '@aws-sdk/client-s3';
import {
  type Body,
  type CopyOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkDownloadUrlOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
  checkUploadTicketOptions,
  checkVersionOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  type DownloadUrlOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type FileTags,
  type FileVersions,
  type HealthReport,
  isStorageError,
  type ListEntry,
  type ListOptions,
  type MultipartUploads,
  moveByCopy,
  type OperationOptions,
  parseKey,
  refuseAbsent,
  type SignedUrl,
  type StorageProvider,
  type UploadOptions,
  type UploadTicket,
  type UploadTicketOptions,
  type VersionOptions,
} from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { createClient, createSigner } from './client.js';
import { copyFile } from './copy.js';
import { deleteFile, deleteFiles } from './delete.js';
import { downloadFile } from './download.js';
import { createDownloadUrl } from './download-url.js';
import { ownKey } from './encryption.js';
import { askForBucket } from './health.js';
import { listFiles } from './list.js';
import { multipartUploads } from './multipart-uploads.js';
import { clientWith, type ObjectSettings } from './object-settings.js';
import { Operations } from './operations.js';
import { MAX_SINGLE_SIZE } from './part-size.js';
import { probeBucket } from './probe.js';
import { Requests } from './requests.js';
import { type S3Capabilities, SERVER_PROFILES, serverOf } from './server-profile.js';
import { statFile } from './stat.js';
import {
  checkStorageOptions,
  DEFAULT_CONCURRENCY,
  DEFAULT_PART_SIZE,
  type S3StorageOptions,
} from './storage-options.js';
import { fileTags } from './tags.js';
import { createUploadTicket } from './tickets.js';
import { uploadFile } from './upload.js';
import { fileVersions } from './versions.js';

/** A bucket of Amazon S3, or of a server that speaks its protocol. */
export class S3StorageProvider implements StorageProvider {
  readonly name: string;
  /** Unfinished uploads in parts, of this process or of any other. */
  readonly multipart: MultipartUploads;
  /** Present where the server is known to have them: by its kind, by the options, or by a {@link probe}. */
  versions?: FileVersions;
  /** The same. */
  tags?: FileTags;
  readonly #operations: Operations;
  readonly #ownsClient: boolean;
  /** Knows the server under the address that others use. */
  readonly #signer: S3Client;
  #bucket: Bucket;

  /**
   * @throws StorageError `InvalidArgument` for options that make no sense.
   */
  constructor(options: S3StorageOptions) {
    checkStorageOptions(options);
    const { endpoint, partSize = DEFAULT_PART_SIZE } = options;
    const server = SERVER_PROFILES[options.server ?? serverOf(endpoint)];
    const { checksums, verifiedChecksums, ...known } = options.capabilities ?? {};
    const profile = {
      ...server,
      checksums: checksums ?? server.checksums,
      verifiedChecksums: verifiedChecksums ?? server.verifiedChecksums,
    };
    const settings: ObjectSettings = { acl: options.acl, encryption: ownKey(options.encryption) };
    const encryption = settings.encryption?.type;
    this.name = options.name ?? 's3';
    const { name: provider } = this;
    this.#operations = new Operations({ provider, bucket: options.bucket, endpoint, encryption });
    this.#ownsClient = options.client === undefined;
    const connected = options.client ?? createClient(options, this.#operations.closing);
    const client = clientWith(connected, settings);
    this.#bucket = {
      client,
      requests: new Requests(client, this.#ownsClient && client === connected),
      settings,
      name: options.bucket,
      prefix: options.prefix?.replace(/([^/])$/, '$1/') ?? '',
      profile,
      capabilities: { ...profile.capabilities, ...known },
      storageClass: options.storageClass,
      partSize,
      concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
      multipartThreshold: options.multipartThreshold ?? partSize,
      checksum: options.checksum ?? 'crc32',
      downloadAttempts: options.downloadAttempts ?? 5,
      downloadPartSize: options.downloadPartSize ?? DEFAULT_PART_SIZE,
      downloadConcurrency: options.downloadConcurrency ?? 1,
      copyThreshold: options.copyThreshold ?? MAX_SINGLE_SIZE,
    };
    const { publicEndpoint } = options;
    this.#signer = publicEndpoint === undefined ? client : createSigner(client, publicEndpoint);
    this.multipart = multipartUploads(() => this.#bucket, this.#operations);
    this.#offer();
  }

  #offer(): void {
    const { versions, tags } = this.#bucket.capabilities;
    if (versions === 'absent') delete this.versions;
    else this.versions ??= fileVersions(() => this.#bucket, this.#operations);
    if (tags === 'absent') delete this.tags;
    else this.tags ??= fileTags(() => this.#bucket, this.#operations);
  }

  /** Of the server's profile, as corrected by the options; after a {@link probe}, as measured. */
  get capabilities(): S3Capabilities {
    const { capabilities, profile } = this.#bucket;
    const { checksums, verifiedChecksums } = profile;
    return { ...capabilities, checksums, verifiedChecksums };
  }

  /**
   * One request for what fits into memory, several in parallel for more. `lastModified` of the result is the server's
   * clock when it answered; `stat` tells the stored time, which may be a second apart, or, for parts, that of the start.
   *
   * A conditional upload may fail with `AlreadyExists` or `PreconditionFailed` although it is this very upload that
   * succeeded, where the first answer was lost and the request was sent again. Compare the checksums to tell.
   */
  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const { condition, signal } = options;
    return this.#operations.run('upload', key, { signal, condition, body }, async () => {
      const parsed = parseKey(key);
      checkUploadOptions(options);
      return uploadFile(this.#bucket, parsed, body, options);
    });
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    const { condition, signal, versionId } = options;
    const about = { condition, signal, versionId };
    return this.#operations.run('download', key, about, async () => {
      const parsed = parseKey(key);
      checkDownloadOptions(options);
      return downloadFile(this.#bucket, parsed, options, {
        closing: this.#operations.closing,
        translate: (error) => this.#operations.error(error, 'download', key, about),
      });
    });
  }

  stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    return this.#operations.run('stat', key, options, async () => {
      const parsed = parseKey(key);
      checkVersionOptions(options);
      const { versionId, signal } = options;
      refuseAbsent(this.#bucket.capabilities, { versions: versionId });
      return statFile(this.#bucket, parsed, signal, versionId);
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#operations.run('delete', key, options, async () => {
      const parsed = parseKey(key);
      checkDeleteOptions(options);
      return deleteFile(this.#bucket, parsed, options);
    });
  }

  /** By 1,000 keys a request where the server can. */
  deleteMany(keys: Iterable<string>, options: OperationOptions = {}): Promise<DeleteResult> {
    return this.#operations.run('deleteMany', undefined, options, async () => {
      checkOperationOptions(options);
      if (!this.#bucket.profile.bulkDelete) return deleteEach(this, keys, options);
      return deleteFiles(
        this.#bucket,
        keys,
        options.signal,
        (key) => this.delete(key, options),
        (error, key) => this.#operations.error(error, 'deleteMany', key, options),
      );
    });
  }

  list(options: ListOptions = {}): AsyncIterable<ListEntry> {
    return this.#operations.list('list', undefined, options, () => {
      checkListOptions(options);
      return listFiles(this.#bucket, options);
    });
  }

  /** Within the server; of a file that is overwritten meanwhile, the old content or none (`Conflict`). */
  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#operations.run('copy', from, options, async () => {
      const keys = [parseKey(from), parseKey(to)] as const;
      checkCopyOptions(options);
      return copyFile(this.#bucket, ...keys, options);
    });
  }

  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#operations.run('move', from, options, async () => {
      const keys = [parseKey(from), parseKey(to)] as const;
      return moveByCopy(this, ...keys, options);
    });
  }

  /** A presigned URL. Takes no request. */
  createDownloadUrl(key: string, options: DownloadUrlOptions = {}): Promise<SignedUrl> {
    return this.#operations.run('createDownloadUrl', key, options, async () => {
      const parsed = parseKey(key);
      checkDownloadUrlOptions(options);
      return createDownloadUrl(this.#bucket, this.#signer, parsed, options);
    });
  }

  /**
   * A presigned PUT, a form with a signed policy, or a multipart upload with a presigned PUT for each part. Takes no request,
   * but for the one that begins a multipart upload.
   */
  createUploadTicket(key: string, options: UploadTicketOptions = {}): Promise<UploadTicket> {
    return this.#operations.run('createUploadTicket', key, options, async () => {
      const parsed = parseKey(key);
      checkUploadTicketOptions(options);
      return createUploadTicket(this.#bucket, this.#signer, parsed, options);
    });
  }

  /** Asks for the bucket, or for what is in it below the prefix: either takes the permission `s3:ListBucket`. */
  async checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const start = performance.now();
    const latency = () => Math.round(performance.now() - start);
    try {
      await this.#operations.run('checkHealth', undefined, options, async () => {
        checkOperationOptions(options);
        await askForBucket(this.#bucket, options.signal);
      });
      return { healthy: true, latency: latency() };
    } catch (error) {
      if (!isStorageError(error) || ['Aborted', 'InvalidArgument'].includes(error.code))
        throw error;
      return { healthy: false, latency: latency(), error };
    }
  }

  /**
   * Tries out which conditions the bucket honours, which checksums it verifies, and whether it has tags and versions, on
   * keys of its own below `.storage/`, and goes by the result from then on; so does another provider that gets it as its
   * option `capabilities`. It takes the permission to write; without the one to delete, a few small objects stay behind.
   */
  probe(options: OperationOptions = {}): Promise<S3Capabilities> {
    return this.#operations.run('probe', undefined, options, async () => {
      checkOperationOptions(options);
      const found = await probeBucket(this.#bucket, options.signal);
      const { checksums, verifiedChecksums, ...capabilities } = found;
      const profile = { ...this.#bucket.profile, checksums, verifiedChecksums };
      this.#bucket = { ...this.#bucket, profile, capabilities };
      this.#offer();
      return this.capabilities;
    });
  }

  /** Closes the connections, also of downloads that are still read; a client that was handed in is left alone. */
  async close(): Promise<void> {
    if (!this.#operations.close()) return;
    const { client } = this.#bucket;
    if (this.#signer !== client) this.#signer.destroy();
    if (this.#ownsClient) client.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
