import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Case } from './case.js';
import { ENCRYPTION } from './encryption-cases.js';
import { FORMS } from './form-cases.js';
import { PUBLIC_ACCESS } from './public-access-cases.js';
import { type Setting, told } from './setting.js';
import { VERSIONS } from './version-cases.js';

const MIB = 1024 * 1024;
const WRONG = '"00000000000000000000000000000000"';

const put = ({ client, bucket }: Setting, Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'content', ...more }));

const statusOfGet = ({ client, bucket }: Setting, Key: string, more = {}) =>
  told(client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more })));

async function begin({ client, bucket }: Setting, Key: string, more = {}): Promise<string> {
  const command = new CreateMultipartUploadCommand({ Bucket: bucket, Key, ...more });
  return (await client.send(command)).UploadId ?? '';
}

async function part(
  setting: Setting,
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: Buffer | string,
) {
  const { client, bucket: Bucket } = setting;
  const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body });
  return { PartNumber, ETag: (await client.send(command)).ETag };
}

const complete = (
  { client, bucket }: Setting,
  Key: string,
  UploadId: string,
  Parts: object[],
  more = {},
) =>
  told(
    client.send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
        ...more,
      }),
    ),
  );

async function listed({ client, bucket }: Setting, more: object): Promise<string[]> {
  const answer = await client.send(new ListObjectsV2Command({ Bucket: bucket, ...more }));
  const { Contents = [], CommonPrefixes = [] } = answer;
  return [
    ...Contents.map(({ Key }) => `${Key}`),
    ...CommonPrefixes.map(({ Prefix }) => `${Prefix}`),
  ];
}

const conditions: readonly Case[] = [
  {
    name: 'PUT If-None-Match: * on a new key, then again',
    aws: [200, '412 PreconditionFailed'],
    ask: async (s) => {
      const create = () => told(put(s, 'c/1', { IfNoneMatch: '*' }));
      return [await create(), await create()];
    },
  },
  {
    name: 'PUT If-Match: wrong, right, and on a missing key',
    aws: ['412 PreconditionFailed', 200, '404 NoSuchKey'],
    ask: async (s) => {
      const { ETag } = await put(s, 'c/2');
      return [
        await told(put(s, 'c/2', { IfMatch: WRONG })),
        await told(put(s, 'c/2', { IfMatch: ETag })),
        await told(put(s, 'c/none', { IfMatch: ETag })),
      ];
    },
  },
  {
    name: 'Complete If-None-Match: * where the key exists, and where not',
    aws: ['412 PreconditionFailed', 200],
    ask: async (s) => {
      await put(s, 'c/3');
      const answers = [];
      for (const key of ['c/3', 'c/4']) {
        const id = await begin(s, key);
        const parts = [await part(s, key, id, 1, 'x')];
        answers.push(await complete(s, key, id, parts, { IfNoneMatch: '*' }));
      }
      return answers;
    },
  },
  {
    name: 'DELETE If-Match: wrong, then right',
    aws: ['412 PreconditionFailed', 204],
    ask: async (s) => {
      const { ETag } = await put(s, 'c/5');
      const remove = (IfMatch: string | undefined) =>
        told(s.client.send(new DeleteObjectCommand({ Bucket: s.bucket, Key: 'c/5', IfMatch })));
      return [await remove(WRONG), await remove(ETag)];
    },
  },
  {
    name: 'GET If-Match: wrong, If-None-Match: the ETag',
    aws: ['412 PreconditionFailed', '304 NotModified'],
    ask: async (s) => {
      const { ETag } = await put(s, 'c/6');
      return [
        await statusOfGet(s, 'c/6', { IfMatch: WRONG }),
        (await statusOfGet(s, 'c/6', { IfNoneMatch: ETag }))
          .toString()
          .replace(/^304 .*/, '304 NotModified'),
      ];
    },
  },
  {
    name: 'copy with If-Match on the source: wrong, then right',
    aws: ['412 PreconditionFailed', 200],
    ask: async (s) => {
      const { ETag } = await put(s, 'c/7');
      const copy = (CopySourceIfMatch: string | undefined) =>
        told(
          s.client.send(
            new CopyObjectCommand({
              Bucket: s.bucket,
              Key: 'c/8',
              CopySource: `${s.bucket}/c/7`,
              CopySourceIfMatch,
            }),
          ),
        );
      return [await copy(WRONG), await copy(ETag)];
    },
  },
];

const contents: readonly Case[] = [
  {
    name: 'ranges: first byte, last three, from the sixth, behind the end',
    aws: ['bytes 0-0/7 c', 'bytes 4-6/7 ent', 'bytes 5-6/7 nt', '416 InvalidRange'],
    ask: async (s) => {
      await put(s, 'r/1');
      const range = async (Range: string) => {
        const command = new GetObjectCommand({ Bucket: s.bucket, Key: 'r/1', Range });
        const { ContentRange, Body } = await s.client.send(command);
        return `${ContentRange} ${await Body?.transformToString()}`;
      };
      return [
        await range('bytes=0-0'),
        await range('bytes=-3'),
        await range('bytes=5-'),
        await statusOfGet(s, 'r/1', { Range: 'bytes=7-' }),
      ];
    },
  },
  {
    name: 'headers and metadata come back as they were sent',
    aws: {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'inline',
      Metadata: { owner: 'me' },
      ContentLength: 7,
    },
    ask: async (s) => {
      await put(s, 'm/1', {
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'max-age=60',
        ContentDisposition: 'inline',
        Metadata: { owner: 'me' },
      });
      const head = await s.client.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'm/1' }));
      const { ContentType, CacheControl, ContentDisposition, Metadata, ContentLength } = head;
      return { ContentType, CacheControl, ContentDisposition, Metadata, ContentLength };
    },
  },
  {
    name: 'a CRC-32 that was sent is verified, kept and told',
    aws: ['400 BadDigest', 200, '/sUwqQ==', 'FULL_OBJECT'],
    ask: async (s) => {
      const send = (ChecksumCRC32: string) =>
        told(put(s, 'k/1', { ChecksumAlgorithm: 'CRC32', ChecksumCRC32 }));
      const answers = [await send('AAAAAA=='), await send('/sUwqQ==')];
      const command = new HeadObjectCommand({
        Bucket: s.bucket,
        Key: 'k/1',
        ChecksumMode: 'ENABLED',
      });
      const { ChecksumCRC32, ChecksumType } = await s.client.send(command);
      return [...answers, ChecksumCRC32, ChecksumType];
    },
  },
  {
    name: 'a wrong Content-MD5 is refused',
    aws: '400 BadDigest',
    ask: (s) => told(put(s, 'k/2', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })),
  },
  {
    name: 'the ETag of a single PUT is the MD5',
    aws: '"9a0364b9e99bb480dd25e1f0284c8555"',
    ask: async (s) => (await put(s, 'k/3')).ETag,
  },
  {
    name: 'tags come back',
    aws: [{ Key: 'a', Value: 'b c' }],
    ask: async (s) => {
      await put(s, 't/1', { Tagging: 'a=b%20c' });
      const command = new GetObjectTaggingCommand({ Bucket: s.bucket, Key: 't/1' });
      return (await s.client.send(command)).TagSet;
    },
  },
];

const absence: readonly Case[] = [
  {
    name: 'what is missing: GET, HEAD, DELETE, and a missing bucket',
    aws: ['404 NoSuchKey', '404 NotFound', 204, '404 NoSuchBucket', '404 NotFound'],
    ask: async (s) => {
      const name = { Bucket: s.bucket, Key: 'none' };
      return [
        await statusOfGet(s, 'none'),
        await told(s.client.send(new HeadObjectCommand(name))),
        await told(s.client.send(new DeleteObjectCommand(name))),
        await told(
          s.client.send(new GetObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x' })),
        ),
        await told(s.client.send(new HeadBucketCommand({ Bucket: 'no-such-bucket-here' }))),
      ];
    },
  },
  {
    name: 'DeleteObjects takes missing keys for deleted',
    aws: ['d/1', 'd/none'],
    ask: async (s) => {
      await put(s, 'd/1');
      const Objects = [{ Key: 'd/1' }, { Key: 'd/none' }];
      const command = new DeleteObjectsCommand({ Bucket: s.bucket, Delete: { Objects } });
      const { Deleted = [] } = await s.client.send(command);
      return Deleted.map(({ Key }) => Key).sort();
    },
  },
  {
    name: 'a bucket that holds something is not deleted; its owner may create it again',
    aws: ['409 BucketNotEmpty', 200],
    ask: async (s) => {
      await put(s, 'b/1');
      return [
        await told(s.client.send(new DeleteBucketCommand({ Bucket: s.bucket }))),
        await told(s.client.send(new CreateBucketCommand({ Bucket: s.bucket }))),
      ];
    },
  },
  {
    name: 'a key of 1,024 bytes is one, a longer one is not',
    aws: [200, '400 KeyTooLongError'],
    ask: async (s) => [
      await told(put(s, 'ü'.repeat(512))),
      await told(put(s, `x${'ü'.repeat(512)}`)),
    ],
  },
];

const ORDERED = [
  'l/a',
  'l/a b',
  'l/a+b',
  'l/a-',
  'l/a/1',
  'l/a/2',
  'l/a0',
  'l/b%2F',
  'l/ü',
  'l/\uffee',
  'l/😀',
];

const listings: readonly Case[] = [
  {
    name: 'listings are ordered by bytes, decoded, and cut by delimiter, start and size',
    aws: {
      all: ORDERED,
      delimited: [
        'l/a',
        'l/a b',
        'l/a+b',
        'l/a-',
        'l/a0',
        'l/b%2F',
        'l/ü',
        'l/\uffee',
        'l/😀',
        'l/a/',
      ],
      after: ORDERED.slice(6),
      first: ORDERED.slice(0, 2),
      none: [],
    },
    ask: async (s) => {
      for (const key of [...ORDERED].reverse()) await put(s, key);
      return {
        all: await listed(s, { Prefix: 'l/' }),
        delimited: await listed(s, { Prefix: 'l/', Delimiter: '/' }),
        after: await listed(s, { Prefix: 'l/', StartAfter: 'l/a/2' }),
        first: await listed(s, { Prefix: 'l/', MaxKeys: 2 }),
        none: await listed(s, { Prefix: 'nothing/' }),
      };
    },
  },
  {
    name: 'a listing goes on from its token',
    aws: [true, ORDERED.slice(4)],
    ask: async (s) => {
      const page = { Bucket: s.bucket, Prefix: 'l/' };
      for (const key of ORDERED) await put(s, key);
      const first = await s.client.send(new ListObjectsV2Command({ ...page, MaxKeys: 4 }));
      const { NextContinuationToken: ContinuationToken } = first;
      return [first.IsTruncated, await listed(s, { ...page, ContinuationToken })];
    },
  },
];

const multipart: readonly Case[] = [
  {
    name: 'parts make an object, whose ETag tells their number',
    aws: [200, '-2', 5 * MIB + 1],
    ask: async (s) => {
      const id = await begin(s, 'p/1');
      const parts = [
        await part(s, 'p/1', id, 1, Buffer.alloc(5 * MIB)),
        await part(s, 'p/1', id, 2, 'x'),
      ];
      const status = await complete(s, 'p/1', id, parts);
      const head = await s.client.send(new HeadObjectCommand({ Bucket: s.bucket, Key: 'p/1' }));
      return [status, /-\d+(?="$)/.exec(head.ETag ?? '')?.[0], head.ContentLength];
    },
  },
  {
    name: 'parts that are too small or unknown are refused',
    aws: ['400 EntityTooSmall', '400 InvalidPart'],
    ask: async (s) => {
      const id = await begin(s, 'p/2');
      const parts = [await part(s, 'p/2', id, 1, 'x'), await part(s, 'p/2', id, 2, 'y')];
      return [
        await complete(s, 'p/2', id, parts),
        await complete(s, 'p/2', id, [{ PartNumber: 1, ETag: WRONG }]),
      ];
    },
  },
  {
    name: 'parts out of order are refused',
    aws: '400 InvalidPartOrder',
    ask: async (s) => {
      const id = await begin(s, 'p/4');
      const parts = [
        await part(s, 'p/4', id, 1, Buffer.alloc(5 * MIB)),
        await part(s, 'p/4', id, 2, Buffer.alloc(5 * MIB)),
      ];
      return complete(s, 'p/4', id, parts.reverse());
    },
  },
  {
    name: 'an unknown upload can’t be completed',
    aws: '404 NoSuchUpload',
    ask: (s) => complete(s, 'p/5', 'no-such-upload', [{ PartNumber: 1, ETag: WRONG }]),
  },
  {
    name: 'an aborted upload is gone',
    aws: [204, '404 NoSuchUpload'],
    ask: async (s) => {
      const id = await begin(s, 'p/3');
      const parts = [await part(s, 'p/3', id, 1, 'x')];
      const abort = new AbortMultipartUploadCommand({ Bucket: s.bucket, Key: 'p/3', UploadId: id });
      return [await told(s.client.send(abort)), await complete(s, 'p/3', id, parts)];
    },
  },
];

const access: readonly Case[] = [
  {
    name: 'a wrong secret, an unknown key, and another user are denied',
    aws: ['403 SignatureDoesNotMatch', '403 InvalidAccessKeyId', '403 AccessDenied'],
    ask: async (s) => {
      await put(s, 'a/1');
      const { credentials, secondCredentials } = s.server;
      const wrong = { ...credentials, secretAccessKey: 'wrong' };
      const unknown = { ...credentials, accessKeyId: 'NOBODY' };
      const name = { Bucket: s.bucket, Key: 'a/1' };
      const answers = [];
      for (const keys of [wrong, unknown, secondCredentials ?? wrong]) {
        const client = s.clientWith({ credentials: keys });
        answers.push(await told(client.send(new GetObjectCommand(name))));
      }
      return answers;
    },
  },
  {
    name: 'a signed URL serves the object, and no other',
    aws: [200, 403],
    ask: async (s) => {
      await put(s, 'a/2');
      const command = new GetObjectCommand({ Bucket: s.bucket, Key: 'a/2' });
      const url = await getSignedUrl(s.client, command, { expiresIn: 60 });
      const status = async (address: string) => {
        const answer = await fetch(address);
        await answer.arrayBuffer();
        return answer.status;
      };
      return [await status(url), await status(url.replace('a/2', 'a/1'))];
    },
  },
];

export const CASES: readonly Case[] = [
  ...conditions,
  ...contents,
  ...absence,
  ...listings,
  ...multipart,
  ...access,
  ...VERSIONS,
  ...FORMS,
  ...ENCRYPTION,
  ...PUBLIC_ACCESS,
];
