import { randomUUID } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  type ChecksumAlgorithm,
  type ETag,
  parseETag,
  parseKey,
  type Support,
} from '@org/storage-core';
import { type Bucket, given, objectName, within } from './bucket.js';
import { matchHeader, type Precondition } from './condition.js';
import { statusOf } from './failure.js';
import { abortUpload } from './multipart-requests.js';
import { checksumOf, namedChecksum } from './sent-checksum.js';
import { ALL_CHECKSUMS, type S3Capabilities, type ServerProfile } from './server-profile.js';
import { sweepLeftovers } from './trial/leftovers.js';
import { TRIALS } from './trial/name.js';
import { listUnfinished } from './unfinished.js';
import { encodeName } from './url-encoding.js';

/** Of every key of a probe. */
const [PREFIX] = TRIALS;

/** An ETag that no object of the probe has. */
const WRONG = '00000000000000000000000000000000' as ETag;

/**
 * Finds out which conditions the bucket honours, on a random key below `.storage/`: each is tried where it does not hold,
 * and the server must refuse; a condition that is not refused was ignored. The same with checksums. Tags and versions are tried, too; where the role may not, what is known stays.
 */
export async function probeBucket(
  bucket: Bucket,
  signal: AbortSignal | undefined,
): Promise<S3Capabilities> {
  const probe = new Probe(bucket, signal);
  try {
    const conditionalCreate = await probe.create();
    const conditionalUpdate = await probe.update();
    const conditionalCreateInParts = await probe.createInParts();
    const conditionalCopyCreate = await probe.copyCreate();
    const conditionalCopyUpdate = await probe.copyUpdate();
    const tags = await probe.tags();
    const versions = await probe.versions();
    const verifiedChecksums = await probe.verifiedChecksums();
    const conditionalDelete = await probe.delete();
    const known = bucket.profile.checksums;
    return {
      ...bucket.capabilities,
      conditionalCreate,
      conditionalCreateInParts,
      conditionalUpdate,
      conditionalDelete,
      conditionalCopyCreate,
      conditionalCopyUpdate,
      tags,
      versions,
      checksums:
        known === 'none' && verifiedChecksums.includes('crc32') ? await probe.checksums() : known,
      verifiedChecksums,
    };
  } finally {
    await probe.cleanUp();
  }
}

class Probe {
  readonly #bucket: Bucket;
  readonly #options: ReturnType<typeof within>;
  readonly #id = randomUUID();
  readonly #name;
  readonly #missing;
  readonly #copy;

  constructor(bucket: Bucket, signal: AbortSignal | undefined) {
    this.#bucket = bucket;
    this.#options = within(signal);
    this.#name = objectName(bucket, parseKey(`${PREFIX}${this.#id}`));
    this.#missing = objectName(bucket, parseKey(`${PREFIX}${this.#id}-missing`));
    this.#copy = objectName(bucket, parseKey(`${PREFIX}${this.#id}-copy`));
  }

  async create(): Promise<Support> {
    const first = await outcome(this.#put({ IfNoneMatch: '*' }));
    if (first === 'done' || first === 412) {
      // 412: it was done by an attempt whose answer was lost
      return supported((await outcome(this.#put({ IfNoneMatch: '*' }))) === 412);
    }
    await this.#put({});
    return 'absent';
  }

  async update(): Promise<Support> {
    const { profile } = this.#bucket;
    const right = { IfMatch: matchHeader(profile, await this.#put({})) };
    const wrong = { IfMatch: matchHeader(profile, WRONG) };
    if ((await outcome(this.#put(wrong))) !== 412) return 'absent';
    // Older MinIO honours it only where there is an object: https://github.com/minio/minio/issues/21526
    if ((await outcome(this.#put(wrong, this.#missing))) === 'done') return 'absent';
    return supported((await outcome(this.#put(right))) === 'done');
  }

  async createInParts(): Promise<Support> {
    const { client } = this.#bucket;
    const name = this.#name;
    const created = await client.send(new CreateMultipartUploadCommand(name), this.#options);
    const UploadId = given(created.UploadId, 'upload id');
    try {
      const PartNumber = 1;
      const { ETag } = await client.send(
        new UploadPartCommand({ ...name, UploadId, PartNumber, Body: this.#id }),
        this.#options,
      );
      const complete = new CompleteMultipartUploadCommand({
        ...name,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber, ETag }] },
        IfNoneMatch: '*',
      });
      return supported((await outcome(client.send(complete, this.#options))) === 412);
    } finally {
      await abortUpload(this.#bucket, name, UploadId).catch(() => {}); // gone, if it was completed
    }
  }

  async copyCreate(): Promise<Support> {
    const first = await outcome(this.#copied({ IfNoneMatch: '*' }));
    if (first !== 'done' && first !== 412) return 'absent';
    return supported((await outcome(this.#copied({ IfNoneMatch: '*' }))) === 412);
  }

  async copyUpdate(): Promise<Support> {
    const { profile } = this.#bucket;
    const right = { IfMatch: matchHeader(profile, await this.#put({}, this.#copy)) };
    const wrong = { IfMatch: matchHeader(profile, WRONG) };
    if ((await outcome(this.#copied(wrong))) !== 412) return 'absent';
    if ((await outcome(this.#copied(wrong, this.#missing))) === 'done') return 'absent';
    return supported((await outcome(this.#copied(right))) === 'done');
  }

  async tags(): Promise<Support> {
    const { client, capabilities } = this.#bucket;
    const TagSet = [{ Key: 'probe', Value: this.#id }];
    const put = new PutObjectTaggingCommand({ ...this.#name, Tagging: { TagSet } });
    const outcomeOfPut = await outcome(client.send(put, this.#options));
    if (outcomeOfPut === 403) return capabilities.tags;
    if (outcomeOfPut !== 'done') return 'absent';
    const get = client.send(new GetObjectTaggingCommand(this.#name), this.#options);
    const read = await outcome(get);
    if (read === 403) return capabilities.tags;
    return supported(read === 'done' && (await get).TagSet?.[0]?.Value === this.#id);
  }

  /** That the bucket's versioning is off is no matter: its objects then have one version each. */
  async versions(): Promise<Support> {
    const { client, capabilities } = this.#bucket;
    const { Bucket, Key } = this.#name;
    const list = client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: Key, EncodingType: 'url' }),
      this.#options,
    );
    const listed = await outcome(list);
    if (listed === 403) return capabilities.versions;
    return supported(listed === 'done' && (await list).Versions?.[0]?.VersionId !== undefined);
  }

  async delete(): Promise<Support> {
    const { client, profile } = this.#bucket;
    const etag = await this.#put({});
    const remove = (version: ETag) => {
      const IfMatch = matchHeader(profile, version);
      return client.send(new DeleteObjectCommand({ ...this.#name, IfMatch }), this.#options);
    };
    if ((await outcome(remove(WRONG))) !== 412) return 'absent';
    if ((await outcome(remove(etag))) !== 'done') return 'absent';
    // Ceph 20 compares first and deletes then: it tells everybody who deletes a version at once that it was them, and what
    // changes between the two is deleted.
    return (await outcome(remove(etag))) === 'done' ? 'emulated' : 'native';
  }

  async verifiedChecksums(): Promise<readonly ChecksumAlgorithm[]> {
    const verified: ChecksumAlgorithm[] = [];
    for (const algorithm of ALL_CHECKSUMS) {
      if ((await outcome(this.#put(this.#checksum(algorithm, `not ${this.#id}`)))) !== 400)
        continue;
      if ((await outcome(this.#put(this.#checksum(algorithm)))) === 'done')
        verified.push(algorithm);
    }
    return verified;
  }

  #checksum(algorithm: ChecksumAlgorithm, of: string = this.#id) {
    return namedChecksum(algorithm, { [algorithm]: checksumOf(algorithm, Buffer.from(of)) });
  }

  /** Where a CRC-32 is verified: whether it is kept, too. */
  async checksums(): Promise<ServerProfile['checksums']> {
    const { client } = this.#bucket;
    const sent = this.#checksum('crc32');
    await this.#put(sent);
    const head = new HeadObjectCommand({ ...this.#name, ChecksumMode: 'ENABLED' });
    if ((await client.send(head, this.#options)).ChecksumCRC32 !== sent.ChecksumCRC32)
      return 'none';
    const whole = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId, ChecksumType } = await client.send(
      new CreateMultipartUploadCommand({ ...this.#name, ...whole }),
      this.#options,
    );
    await abortUpload(this.#bucket, this.#name, given(UploadId, 'upload id'));
    return ChecksumType === 'FULL_OBJECT' ? 'full-object' : 'composite';
  }

  /** Best effort: a role that may not delete leaves a few bytes behind. */
  async cleanUp(): Promise<void> {
    const { client } = this.#bucket;
    await this.#abortUploads().catch(() => {});
    const { name: bucket, prefix, profile } = this.#bucket;
    await sweepLeftovers({ client, bucket, prefix, profile, endpoint: undefined }, {}).catch(
      () => {},
    );
    for (const name of [this.#name, this.#missing, this.#copy]) {
      await client.send(new DeleteObjectCommand(name)).catch(() => {});
    }
    await this.#removeVersions().catch(() => {});
  }

  /** Also those that were begun without an answer. */
  async #abortUploads(): Promise<void> {
    const { name: Bucket, prefix } = this.#bucket;
    for await (const { key, uploadId } of listUnfinished(this.#bucket, {
      prefix: PREFIX + this.#id,
    }))
      await abortUpload(this.#bucket, { Bucket, Key: prefix + key }, uploadId);
  }

  /** What the deletes have left in a bucket that keeps versions. */
  async #removeVersions(): Promise<void> {
    const { client } = this.#bucket;
    const { Bucket, Key: Prefix } = this.#name;
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix }),
    );
    for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    }
  }

  #copied(condition: Precondition, to = this.#copy): Promise<unknown> {
    const { Bucket, Key } = this.#name;
    return this.#bucket.client.send(
      new CopyObjectCommand({
        ...to,
        ...condition,
        CopySource: `${Bucket}/${encodeName(Key)}`,
      }),
      this.#options,
    );
  }

  async #put(headers: Partial<PutObjectCommandInput>, name = this.#name): Promise<ETag> {
    const { ETag } = await this.#bucket.client.send(
      new PutObjectCommand({ ...name, ...headers, Body: this.#id }),
      this.#options,
    );
    return parseETag(given(ETag, 'ETag'));
  }
}

/**
 * How the server took a request: 412 if its condition does not hold, 404 if there is no object to match, 403 if the role may
 * not, 400, 405 or 501 if the server does not know the header or the request.
 */
async function outcome(request: Promise<unknown>): Promise<'done' | number> {
  try {
    await request;
    return 'done';
  } catch (error) {
    const status = statusOf(error);
    const told = status !== undefined && [400, 403, 404, 405, 412, 501].includes(status);
    if (!told || (error instanceof Error && error.name === 'NoSuchBucket')) throw error;
    return status;
  }
}

function supported(yes: boolean): Support {
  return yes ? 'native' : 'absent';
}
