import { randomUUID } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type ETag, isStorageError, parseETag } from '@org/storage-core';
import { given } from '../../bucket.js';
import { matchHeader } from '../../condition.js';
import { type Patience, type Place, sent } from '../../trial/place.js';
import { removeObject } from '../../trial/removal.js';
import { encodeName } from '../../url-encoding.js';
import type { Permission } from './permission.js';

/** Of every key of a trial. */
const TRIAL_PREFIX = '.storage/doctor-';

const PART_NUMBER = 1;

/** What a request needs is not there, since an earlier one was not allowed or failed. */
export class Untried extends Error {}

/** An object under a random key, a copy of it and an upload in parts, to which each request is sent once. */
export class TrialObject {
  readonly #place: Place;
  readonly #patience: Patience;
  readonly #name;
  readonly #copyName;
  readonly #written = new Set<string>();
  #etag: ETag | undefined;
  #versioned = false;
  /** Whether an upload may be there, with its id if the answer was seen. */
  #uploading = false;
  #uploadId: string | undefined;

  constructor(place: Place, patience: Patience) {
    this.#place = place;
    this.#patience = patience;
    const key = `${place.prefix}${TRIAL_PREFIX}${randomUUID()}`;
    this.#name = { Bucket: place.bucket, Key: key };
    this.#copyName = { Bucket: place.bucket, Key: `${key}-copy` };
  }

  readonly requests: Readonly<Record<Permission, () => Promise<unknown>>> = {
    list: () =>
      this.#send('list', (client, options) => {
        const { bucket: Bucket, prefix: Prefix } = this.#place;
        return client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), options);
      }),
    'put-if-absent': () => this.#put({ IfNoneMatch: '*' }),
    head: () => orMissing(this.#head()),
    get: () => orMissing(this.#get()),
    'put-if-match': () => this.#put({ IfMatch: this.#match() }),
    'put-unconditionally': () => this.#put({}),
    'put-tags': () => this.#putTags(),
    'get-tags': () => this.#getTags(),
    copy: () => this.#copy(),
    'list-versions': () => this.#versions(),
    'create-upload': () => this.#createUpload(),
    'upload-part': () => this.#uploadPart(),
    'list-parts': () => this.#listParts(),
    'list-uploads': () => this.#listUploads(),
    'abort-upload': () => this.#abortUpload(),
    'delete-if-match': () => this.#delete({ IfMatch: this.#match() }),
    delete: async () => {
      if (this.#etag === undefined) await this.#put({ IfNoneMatch: '*' });
      await this.#delete({});
    },
  };

  /**
   * Removes whatever has been written, whether or not the answer was seen. Not ended by the signal.
   * @returns what is still there.
   */
  async cleanUp(): Promise<readonly string[]> {
    const patience = { limit: this.#patience.limit };
    const left: string[] = [];
    if (this.#uploading) {
      await this.#abortUploads(patience).catch(() => left.push(`${this.#name.Key} (an upload)`));
    }
    for (const key of this.#written) {
      const etag = key === this.#name.Key ? this.#etag : undefined;
      await removeObject(this.#place, { key, etag }, patience).catch(() => left.push(key));
    }
    if (this.#versioned) await this.#removeVersions(left, patience).catch(() => {}); // they can’t be listed
    return left;
  }

  async #put(headers: Partial<PutObjectCommandInput>): Promise<void> {
    const name = this.#name;
    this.#written.add(name.Key);
    const { ETag, VersionId } = await this.#send('upload', (client, options) =>
      client.send(new PutObjectCommand({ ...name, ...headers, Body: name.Key }), options),
    ).catch((error: unknown) => {
      if (isRefused(error) && this.#etag === undefined) this.#written.delete(name.Key);
      throw error;
    });
    this.#etag = parseETag(given(ETag, 'ETag'));
    this.#versioned ||= VersionId !== undefined && VersionId !== 'null';
  }

  #head(): Promise<unknown> {
    return this.#send('stat', (client, options) =>
      client.send(new HeadObjectCommand(this.#name), options),
    );
  }

  #get(): Promise<unknown> {
    return this.#send('download', async (client, options) => {
      const { Body } = await client.send(new GetObjectCommand(this.#name), options);
      await Body?.transformToByteArray();
    });
  }

  #putTags(): Promise<unknown> {
    this.#match();
    const Tagging = { TagSet: [{ Key: 'doctor', Value: 'trial' }] };
    return this.#send('setTags', (client, options) =>
      client.send(new PutObjectTaggingCommand({ ...this.#name, Tagging }), options),
    );
  }

  #getTags(): Promise<unknown> {
    this.#match();
    return this.#send('getTags', (client, options) =>
      client.send(new GetObjectTaggingCommand(this.#name), options),
    );
  }

  #copy(): Promise<unknown> {
    this.#match();
    const { Bucket, Key } = this.#name;
    const CopySource = `${Bucket}/${encodeName(Key)}`;
    this.#written.add(this.#copyName.Key);
    return this.#send('copy', (client, options) =>
      client.send(new CopyObjectCommand({ ...this.#copyName, CopySource }), options),
    ).catch((error: unknown) => {
      if (isRefused(error)) this.#written.delete(this.#copyName.Key);
      throw error;
    });
  }

  #versions(patience = this.#patience) {
    const { Bucket, Key: Prefix } = this.#name;
    return this.#send(
      'versions',
      (client, options) => client.send(new ListObjectVersionsCommand({ Bucket, Prefix }), options),
      patience,
    );
  }

  async #createUpload(): Promise<void> {
    this.#uploading = true;
    const { UploadId } = await this.#send('upload', (client, options) =>
      client.send(new CreateMultipartUploadCommand(this.#name), options),
    ).catch((error: unknown) => {
      this.#uploading = !isRefused(error);
      throw error;
    });
    this.#uploadId = given(UploadId, 'upload id');
  }

  #uploadPart(): Promise<unknown> {
    const about = { ...this.#upload(), PartNumber: PART_NUMBER, Body: this.#name.Key };
    return this.#send('uploadPart', (client, options) =>
      client.send(new UploadPartCommand(about), options),
    );
  }

  #listParts(): Promise<unknown> {
    const upload = this.#upload();
    return this.#send('listParts', (client, options) =>
      client.send(new ListPartsCommand(upload), options),
    );
  }

  #listUploads(patience = this.#patience) {
    const { Bucket, Key: Prefix } = this.#name;
    return this.#send(
      'listUploads',
      (client, options) =>
        client.send(new ListMultipartUploadsCommand({ Bucket, Prefix }), options),
      patience,
    );
  }

  async #abortUpload(patience = this.#patience): Promise<void> {
    const upload = this.#upload();
    await this.#send(
      'abortUpload',
      (client, options) => client.send(new AbortMultipartUploadCommand(upload), options),
      patience,
    );
    this.#uploading = false;
    this.#uploadId = undefined;
  }

  /** The one that is known, or those that were begun without an answer. */
  async #abortUploads(patience: Patience): Promise<void> {
    if (this.#uploadId !== undefined) return this.#abortUpload(patience);
    const { Uploads = [] } = await this.#listUploads(patience);
    for (const { UploadId } of Uploads) {
      this.#uploadId = UploadId;
      await this.#abortUpload(patience);
    }
  }

  async #delete(condition: { readonly IfMatch?: string }): Promise<void> {
    await this.#send('delete', (client, options) =>
      client.send(new DeleteObjectCommand({ ...this.#name, ...condition }), options),
    );
    this.#etag = undefined;
    this.#written.delete(this.#name.Key);
  }

  /** In a bucket that keeps versions, what was deleted is still there. */
  async #removeVersions(left: string[], patience: Patience): Promise<void> {
    const { Versions = [], DeleteMarkers = [] } = await this.#versions(patience);
    for (const { Key = '', VersionId } of [...Versions, ...DeleteMarkers]) {
      const version = { Bucket: this.#place.bucket, Key, VersionId };
      await this.#send(
        'delete',
        (client, options) => client.send(new DeleteObjectCommand(version), options),
        patience,
      ).catch(() => left.push(`${Key} (an older version)`));
    }
  }

  /** An `If-Match` for the object. */
  #match(): string {
    if (this.#etag === undefined) throw new Untried();
    return matchHeader(this.#place.profile, this.#etag);
  }

  #upload() {
    if (this.#uploadId === undefined) throw new Untried();
    return { ...this.#name, UploadId: this.#uploadId };
  }

  #send<T>(
    operation: string,
    send: (client: Place['client'], options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    patience = this.#patience,
  ): Promise<T> {
    return sent(this.#place, operation, patience, (options) => send(this.#place.client, options));
  }
}

/** Reading an object that is not there is refused as missing only to those who may read, or list. */
async function orMissing(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isStorageError(error, 'NotFound')) throw error;
  }
}

/** Whether the server has said that it did nothing. */
function isRefused(error: unknown): boolean {
  return isStorageError(error, 'AccessDenied') || isStorageError(error, 'Unsupported');
}
