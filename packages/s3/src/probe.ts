import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type Capabilities, type ETag, parseETag, parseKey, type Support } from '@org/storage-core';
import { type Bucket, given, objectName, within } from './bucket.js';
import { matchHeader } from './condition.js';
import { abortUpload } from './multipart.js';
import type { ServerProfile } from './server-profile.js';

/** An ETag that no object of the probe has. */
const WRONG = '00000000000000000000000000000000' as ETag;

/** What was found out of a server. */
export interface Found {
  readonly capabilities: Capabilities;
  readonly checksums: ServerProfile['checksums'];
}

/**
 * Finds out which conditions the bucket honours, on a random key below `.storage/`: each is tried where it does not hold,
 * and the server must refuse; a condition that is not refused was ignored. The same with checksums, if the profile
 * expects none.
 */
export async function probeBucket(bucket: Bucket, signal: AbortSignal | undefined): Promise<Found> {
  const probe = new Probe(bucket, signal);
  try {
    const conditionalCreate = await probe.create();
    const conditionalUpdate = await probe.update();
    const conditionalCreateInParts = await probe.createInParts();
    const conditionalDelete = await probe.delete();
    const known = bucket.profile.checksums;
    return {
      capabilities: {
        ...bucket.capabilities,
        conditionalCreate,
        conditionalCreateInParts,
        conditionalUpdate,
        conditionalDelete,
      },
      checksums: known === 'none' ? await probe.checksums() : known,
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

  constructor(bucket: Bucket, signal: AbortSignal | undefined) {
    this.#bucket = bucket;
    this.#options = within(signal);
    this.#name = objectName(bucket, parseKey(`.storage/probe-${this.#id}`));
    this.#missing = objectName(bucket, parseKey(`.storage/probe-${this.#id}-missing`));
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

  async delete(): Promise<Support> {
    const { client, profile } = this.#bucket;
    const etag = await this.#put({});
    const remove = (version: ETag) => {
      const IfMatch = matchHeader(profile, version);
      return client.send(new DeleteObjectCommand({ ...this.#name, IfMatch }), this.#options);
    };
    if ((await outcome(remove(WRONG))) !== 412) return 'absent';
    return supported((await outcome(remove(etag))) === 'done');
  }

  async checksums(): Promise<ServerProfile['checksums']> {
    const { client } = this.#bucket;
    const right = crcOf(this.#id);
    const wrong = crcOf(`${this.#id}, but for this`);
    const sent = (ChecksumCRC32: string) =>
      ({ ChecksumAlgorithm: 'CRC32', ChecksumCRC32 }) as const;
    if ((await outcome(this.#put(sent(wrong)))) !== 400) return 'none';
    if ((await outcome(this.#put(sent(right)))) !== 'done') return 'none';
    const head = new HeadObjectCommand({ ...this.#name, ChecksumMode: 'ENABLED' });
    if ((await client.send(head, this.#options)).ChecksumCRC32 !== right) return 'none';
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
    for (const name of [this.#name, this.#missing]) {
      await this.#bucket.client.send(new DeleteObjectCommand(name)).catch(() => {});
    }
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
 * How the server took a request with a condition: 412 if it does not hold, 404 if there is no object to match, 403 if the
 * role may not, 400 or 501 if the server does not know the header.
 */
async function outcome(request: Promise<unknown>): Promise<'done' | number> {
  try {
    await request;
    return 'done';
  } catch (error) {
    const status = statusOf(error);
    const told = status !== undefined && [400, 403, 404, 412, 501].includes(status);
    if (!told || (error instanceof Error && error.name === 'NoSuchBucket')) throw error;
    return status;
  }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata } = error;
  if (typeof $metadata !== 'object' || $metadata === null) return undefined;
  if (!('httpStatusCode' in $metadata)) return undefined;
  return typeof $metadata.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined;
}

function crcOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
}

function supported(yes: boolean): Support {
  return yes ? 'native' : 'absent';
}
