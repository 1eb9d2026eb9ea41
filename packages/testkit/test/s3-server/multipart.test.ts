import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf, failure } from './client.js';

let server: S3Server;
let client: S3Client;

beforeAll(async () => {
  server = await startS3Server({ buckets: ['photos', 'uploads'] });
  client = clientOf(server, { requestChecksumCalculation: 'WHEN_REQUIRED' });
});
afterAll(() => server.close());

const Bucket = 'photos';
const MIB = 1024 ** 2;
const PART_1 = Buffer.alloc(5 * MIB, 'one ');
const PART_2 = Buffer.alloc(5 * MIB + 1, 'two ');
const PART_3 = Buffer.from('the last, short part');
const WHOLE = Buffer.concat([PART_1, PART_2, PART_3]);

const md5 = (data: Buffer) => createHash('md5').update(data).digest();
const crc = (data: Buffer) => {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(data));
  return digest.toString('base64');
};
const sha = (data: Buffer) => createHash('sha256').update(data).digest();

type Creation = Partial<CreateMultipartUploadCommandInput>;
type Completion = Partial<CompleteMultipartUploadCommandInput>;

async function start(Key: string, options: Creation = {}) {
  const command = new CreateMultipartUploadCommand({ Bucket, Key, ...options });
  const { UploadId } = await client.send(command);
  const named = { Bucket, Key, UploadId };
  return {
    UploadId,
    part: async (PartNumber: number, Body: Buffer, checksum: Partial<CompletedPart> = {}) => {
      const command = new UploadPartCommand({ ...named, PartNumber, Body, ...checksum });
      const { ETag } = await client.send(command);
      return { PartNumber, ETag, ...checksum };
    },
    complete: (Parts: CompletedPart[], options: Completion = {}) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...named, MultipartUpload: { Parts }, ...options }),
      ),
    abort: () => client.send(new AbortMultipartUploadCommand(named)),
    list: (options = {}) => client.send(new ListPartsCommand({ ...named, ...options })),
  };
}

const read = async (Key: string) =>
  Buffer.from(
    (await (
      await client.send(new GetObjectCommand({ Bucket, Key }))
    ).Body?.transformToByteArray()) ?? [],
  );

describe('a multipart upload', () => {
  it('becomes one object with the ETag of its parts', async () => {
    const upload = await start('whole', { ContentType: 'image/png', Metadata: { a: 'b' } });
    const parts = [
      await upload.part(3, PART_3),
      await upload.part(2, PART_2),
      await upload.part(1, PART_1),
    ].reverse();
    await expect(read('whole')).rejects.toMatchObject(failure('NoSuchKey', 404));
    const { ETag } = await upload.complete(parts);
    const hash = md5(Buffer.concat([md5(PART_1), md5(PART_2), md5(PART_3)])).toString('hex');
    expect(ETag).toBe(`"${hash}-3"`);
    expect((await read('whole')).equals(WHOLE)).toBe(true);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'whole' }));
    expect(head).toMatchObject({ ContentType: 'image/png', Metadata: { a: 'b' }, ETag });
    expect(server.openMultipartUploads(Bucket)).toEqual([]);
    await expect(upload.complete(parts)).rejects.toMatchObject(failure('NoSuchUpload', 404));
  });

  it('takes the last of two parts of one number', async () => {
    const upload = await start('twice');
    const first = await upload.part(1, Buffer.from('first'));
    const second = await upload.part(1, Buffer.from('second'));
    await expect(upload.complete([first])).rejects.toMatchObject(failure('InvalidPart', 400));
    await upload.complete([second]);
    expect((await read('twice')).toString()).toBe('second');
  });

  it('leaves out the parts that are not named', async () => {
    const upload = await start('some');
    await upload.part(1, Buffer.from('left out'));
    await upload.complete([await upload.part(7, Buffer.from('seven'))]);
    expect((await read('some')).toString()).toBe('seven');
  });

  it('refuses parts in another order, unknown parts, small parts and no parts', async () => {
    const upload = await start('refused');
    const [small, big] = [await upload.part(1, PART_3), await upload.part(2, PART_1)];
    await expect(upload.complete([big, small])).rejects.toMatchObject(
      failure('InvalidPartOrder', 400),
    );
    await expect(upload.complete([small, big])).rejects.toMatchObject(
      failure('EntityTooSmall', 400),
    );
    await expect(upload.complete([{ ...big, PartNumber: 3 }])).rejects.toMatchObject(
      failure('InvalidPart', 400),
    );
    await expect(upload.complete([])).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    await upload.abort();
  });

  it('is gone once it was aborted', async () => {
    const upload = await start('aborted');
    const part = await upload.part(1, PART_3);
    expect(server.openMultipartUploads(Bucket)).toMatchObject([{ key: 'aborted', parts: 1 }]);
    await upload.abort();
    expect(server.openMultipartUploads(Bucket)).toEqual([]);
    const gone = failure('NoSuchUpload', 404);
    await expect(upload.complete([part])).rejects.toMatchObject(gone);
    await expect(upload.part(2, PART_3)).rejects.toMatchObject(gone);
    await expect(upload.abort()).rejects.toMatchObject(gone);
    await expect(upload.list()).rejects.toMatchObject(gone);
  });

  it('numbers its parts from 1 to 10000', async () => {
    const upload = await start('numbers');
    for (const number of [0, 10_001]) {
      await expect(upload.part(number, PART_3)).rejects.toMatchObject(
        failure('InvalidArgument', 400),
      );
    }
    await upload.part(10_000, PART_3);
    await upload.abort();
  });

  it('checks x-amz-mp-object-size', async () => {
    const upload = await start('size');
    const part = await upload.part(1, PART_3);
    await expect(upload.complete([part], { MpuObjectSize: 5 })).rejects.toMatchObject(
      failure('InvalidRequest', 400),
    );
    await upload.complete([part], { MpuObjectSize: PART_3.length });
  });

  it('lists its parts by pages', async () => {
    const upload = await start('pages');
    for (const number of [5, 1, 3]) await upload.part(number, PART_3);
    const first = await upload.list({ MaxParts: 2 });
    expect(first.Parts?.map((part) => part.PartNumber)).toEqual([1, 3]);
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '3' });
    const second = await upload.list({ PartNumberMarker: first.NextPartNumberMarker });
    expect(second.Parts?.map((part) => part.PartNumber)).toEqual([5]);
    expect(second.IsTruncated).toBe(false);
    await upload.abort();
  });
});

describe('full-object checksums', () => {
  const full = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;

  it('of parts are combined and compared with the one given at the end', async () => {
    const upload = await start('full', full);
    const parts = [
      await upload.part(1, PART_1, { ChecksumCRC32: crc(PART_1) }),
      await upload.part(2, PART_2, { ChecksumCRC32: crc(PART_2) }),
      await upload.part(3, PART_3, { ChecksumCRC32: crc(PART_3) }),
    ];
    const wrong = { ChecksumCRC32: crc(PART_1), ChecksumType: 'FULL_OBJECT' } as const;
    await expect(upload.complete(parts, wrong)).rejects.toMatchObject(failure('BadDigest', 400));
    await expect(read('full')).rejects.toMatchObject(failure('NoSuchKey', 404));
    const right = { ChecksumCRC32: crc(WHOLE), ChecksumType: 'FULL_OBJECT' } as const;
    expect(await upload.complete(parts, right)).toMatchObject(right);
    const head = await client.send(
      new HeadObjectCommand({ Bucket, Key: 'full', ChecksumMode: 'ENABLED' }),
    );
    expect(head).toMatchObject(right);
  });

  it('of a part that is wrong refuse the part', async () => {
    const upload = await start('full-part', full);
    const wrong = { ChecksumCRC32: crc(PART_1) };
    await expect(upload.part(1, PART_3, wrong)).rejects.toMatchObject(failure('BadDigest', 400));
    await upload.abort();
  });

  it('of SHA-256 do not exist', async () => {
    const asked = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' } as const;
    await expect(start('sha', asked)).rejects.toMatchObject(failure('InvalidRequest', 400));
  });

  it('of CRC64NVME are computed where nothing is asked for', async () => {
    const upload = await start('default');
    await upload.complete([await upload.part(1, PART_3)]);
    const head = await client.send(
      new HeadObjectCommand({ Bucket, Key: 'default', ChecksumMode: 'ENABLED' }),
    );
    expect(head.ChecksumType).toBe('FULL_OBJECT');
    expect(head.ChecksumCRC64NVME).toBeDefined();
  });
});

describe('composite checksums', () => {
  it('are the hash of the hashes, which have to be given at the end', async () => {
    const upload = await start('composite', { ChecksumAlgorithm: 'SHA256' });
    const given = (data: Buffer) => ({ ChecksumSHA256: sha(data).toString('base64') });
    const parts = [
      await upload.part(1, PART_1, given(PART_1)),
      await upload.part(2, PART_3, given(PART_3)),
    ];
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    await expect(upload.complete(bare)).rejects.toMatchObject(failure('InvalidRequest', 400));
    const swapped = parts.map((part) => ({ ...part, ...given(PART_2) }));
    await expect(upload.complete(swapped)).rejects.toMatchObject(failure('InvalidPart', 400));
    const value = `${sha(Buffer.concat([sha(PART_1), sha(PART_3)])).toString('base64')}-2`;
    const answer = await upload.complete(parts);
    expect(answer).toMatchObject({ ChecksumSHA256: value, ChecksumType: 'COMPOSITE' });
    const attributes = await client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'composite',
        ObjectAttributes: ['ObjectParts'],
      }),
    );
    expect(attributes.ObjectParts?.TotalPartsCount).toBe(2);
    expect(attributes.ObjectParts?.Parts?.[1]).toMatchObject({ PartNumber: 2, ...given(PART_3) });
  });

  it('have to be sent with every part, of the algorithm of the upload', async () => {
    const upload = await start('composite-part', { ChecksumAlgorithm: 'SHA256' });
    const mismatch = failure('InvalidRequest', 400);
    await expect(upload.part(1, PART_3)).rejects.toMatchObject(mismatch);
    const other = { ChecksumCRC32: crc(PART_3) };
    await expect(upload.part(1, PART_3, other)).rejects.toMatchObject(mismatch);
    await upload.abort();
  });
});

describe('UploadPartCopy', () => {
  it('takes a range of another object', async () => {
    const Body = Buffer.from('0123456789');
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body }));
    const upload = await start('copied');
    const copy = (PartNumber: number, CopySourceRange: string) =>
      client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key: 'copied',
          UploadId: upload.UploadId,
          PartNumber,
          CopySource: 'photos/source',
          CopySourceRange,
        }),
      );
    const { CopyPartResult } = await copy(1, 'bytes=2-5');
    expect(CopyPartResult?.ETag).toBe(`"${md5(Buffer.from('2345')).toString('hex')}"`);
    await expect(copy(2, 'bytes=2-10')).rejects.toMatchObject(failure('InvalidArgument', 400));
    await expect(copy(2, 'bytes=10-12')).rejects.toMatchObject(failure('InvalidRequest', 400));
    await expect(copy(2, '2-5')).rejects.toMatchObject(failure('InvalidArgument', 400));
    await upload.complete([{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect((await read('copied')).toString()).toBe('2345');
  });
});

describe('GET with partNumber', () => {
  it('gives one part and tells how many there are', async () => {
    const upload = await start('parts');
    await upload.complete([await upload.part(1, PART_1), await upload.part(4, PART_3)]);
    const get = (PartNumber: number) =>
      client.send(new GetObjectCommand({ Bucket, Key: 'parts', PartNumber }));
    const second = await get(2);
    expect(await second.Body?.transformToString()).toBe(PART_3.toString());
    expect(second).toMatchObject({
      PartsCount: 2,
      ContentRange: `bytes ${PART_1.length}-${PART_1.length + PART_3.length - 1}/${PART_1.length + PART_3.length}`,
    });
    await expect(get(3)).rejects.toMatchObject(failure('InvalidPartNumber', 416));
  });
});

describe('ListMultipartUploads', () => {
  it('lists by key, by pages, with prefix and delimiter', async () => {
    const keys = ['b/2', 'a', 'b/1', 'c', 'a'];
    for (const Key of keys) {
      await client.send(new CreateMultipartUploadCommand({ Bucket: 'uploads', Key }));
    }
    const list = (options = {}) =>
      client.send(new ListMultipartUploadsCommand({ Bucket: 'uploads', ...options }));
    const all = await list();
    expect(all.Uploads?.map(({ Key }) => Key)).toEqual(['a', 'a', 'b/1', 'b/2', 'c']);
    const seen: string[] = [];
    let page = await list({ MaxUploads: 2 });
    for (;;) {
      seen.push(...(page.Uploads?.map(({ UploadId }) => UploadId ?? '') ?? []));
      if (!page.IsTruncated) break;
      const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      page = await list({ MaxUploads: 2, KeyMarker, UploadIdMarker });
    }
    expect(seen).toEqual(all.Uploads?.map(({ UploadId }) => UploadId));
    const grouped = await list({ Delimiter: '/' });
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
    expect(grouped.Uploads?.map(({ Key }) => Key)).toEqual(['a', 'a', 'c']);
  });
});

it('the SDK’s Upload streams content of unknown length', async () => {
  const chunks = Array.from({ length: 180 }, (_, index) => Buffer.alloc(64 * 1024, index));
  const upload = new Upload({
    client: clientOf(server),
    params: { Bucket, Key: 'streamed', Body: Readable.from(chunks) },
  });
  await upload.done();
  expect((await read('streamed')).equals(Buffer.concat(chunks))).toBe(true);
  expect(server.openMultipartUploads(Bucket)).toEqual([]);
});
