import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failure } from './client.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const running = useServer({ buckets: ['photos', 'keys'] });

const Bucket = 'photos';
const put = (Key: string, options: Record<string, unknown> = {}) =>
  running.client.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...options }));
const head = (Key: string) => running.client.send(new HeadObjectCommand({ Bucket, Key }));

describe('keys', () => {
  it.each([
    'a//b',
    '/leading',
    'trailing/',
    'with space',
    'plus+percent%20%2F',
    '../up/./x',
    'Übersicht 日本 (1).pdf',
    '😀/🏳️‍🌈',
    'q?&=#\'"<>',
    'tab\tline\n',
    'x'.repeat(1024),
  ])('may be %s', async (Key) => {
    await running.client.send(new PutObjectCommand({ Bucket: 'keys', Key, Body: `of ${Key}` }));
    const got = await running.client.send(new GetObjectCommand({ Bucket: 'keys', Key }));
    expect(await got.Body?.transformToString()).toBe(`of ${Key}`);
    const list = new ListObjectsV2Command({ Bucket: 'keys', Prefix: Key });
    expect((await running.client.send(list)).Contents?.map((object) => object.Key)).toEqual([Key]);
    await running.client.send(new DeleteObjectCommand({ Bucket: 'keys', Key }));
    const again = running.client.send(new GetObjectCommand({ Bucket: 'keys', Key }));
    await expect(again).rejects.toMatchObject(failure('NoSuchKey', 404));
  });

  it('of any Unicode stay apart', async () => {
    const unicode = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(unicode, async (text) => {
        const Key = `any ${text}`;
        await running.client.send(new PutObjectCommand({ Bucket: 'keys', Key, Body: Key }));
        const got = await running.client.send(new GetObjectCommand({ Bucket: 'keys', Key }));
        expect(await got.Body?.transformToString()).toBe(Key);
      }),
      { numRuns: 30 },
    );
  });

  it('of more than 1024 bytes are refused', async () => {
    for (const Key of ['x'.repeat(1025), 'é'.repeat(513)]) {
      await expect(put(Key)).rejects.toMatchObject(failure('KeyTooLongError', 400));
    }
  });

  it('that are no UTF-8 are refused', async () => {
    expect(await send(running.server, { path: '/photos/%ff' })).toMatchObject({
      code: 'InvalidURI',
    });
  });
});

describe('what describes an object', () => {
  it('is given back as it came', async () => {
    const Expires = new Date('2030-01-01T00:00:00Z');
    const given = {
      ContentType: 'image/png',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      StorageClass: 'STANDARD_IA',
      Metadata: { owner: 'me', 'x-y': 'z' },
    };
    await put('described', { ...given, Expires });
    expect(await head('described')).toMatchObject(given);
  });

  it('has defaults', async () => {
    const answer = await send(running.server, { method: 'PUT', path: '/photos/bare', body: 'x' });
    expect(answer.status).toBe(200);
    expect(await head('bare')).toMatchObject({
      ContentType: 'binary/octet-stream',
      ContentLength: 1,
      AcceptRanges: 'bytes',
      Metadata: {},
    });
  });

  it('may have two KiB of metadata', async () => {
    await put('metadata', { Metadata: { k: 'v'.repeat(2047) } });
    await expect(put('metadata', { Metadata: { k: 'v'.repeat(2048) } })).rejects.toMatchObject(
      failure('MetadataTooLarge', 400),
    );
  });

  it('names a known storage class', async () => {
    await expect(put('class', { StorageClass: 'CHEAP' })).rejects.toMatchObject(
      failure('InvalidStorageClass', 400),
    );
  });

  it('goes with the object when it is overwritten', async () => {
    await put('over', { ContentType: 'image/png', Metadata: { a: '1' } });
    await put('over', { ContentType: 'text/plain' });
    expect(await head('over')).toMatchObject({ ContentType: 'text/plain', Metadata: {} });
  });
});

describe('a missing object', () => {
  it('is 404 with a code for GET and without a body for HEAD', async () => {
    const got = await send(running.server, { path: '/photos/missing' });
    expect(got).toMatchObject({ status: 404, code: 'NoSuchKey' });
    expect(got.body).toContain('<Key>missing</Key>');
    expect(got.body).toContain(`<RequestId>${got.headers['x-amz-request-id']}</RequestId>`);
    const asked = await send(running.server, { method: 'HEAD', path: '/photos/missing' });
    expect(asked).toMatchObject({ status: 404, body: '' });
  });

  it('can be deleted', async () => {
    const answer = await send(running.server, { method: 'DELETE', path: '/photos/missing' });
    expect(answer.status).toBe(204);
  });
});

describe('a body above 5 GiB', () => {
  it('is refused before it is sent', async () => {
    const answer = await send(running.server, {
      method: 'PUT',
      path: '/photos/huge',
      payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: { 'x-amz-decoded-content-length': String(5 * 1024 ** 3 + 1) },
      body: '',
    });
    expect(answer).toMatchObject({ status: 400, code: 'EntityTooLarge' });
  });
});

describe('DeleteObjects', () => {
  const remove = (keys: string[], Quiet = false) =>
    running.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet },
      }),
    );

  it('deletes many, and tells of each', async () => {
    await put('d/1 <&>');
    const answer = await remove(['d/1 <&>', 'd/missing', 'x'.repeat(1025)]);
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['d/1 <&>', 'd/missing']);
    expect(answer.Errors).toMatchObject([{ Code: 'KeyTooLongError' }]);
    await expect(head('d/1 <&>')).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  });

  it('tells only of errors if asked to be quiet', async () => {
    await put('d/2');
    expect((await remove(['d/2'], true)).Deleted).toBeUndefined();
  });

  it('takes a thousand keys and no more', async () => {
    const keys = Array.from({ length: 1001 }, (_, index) => `d/${index}`);
    expect((await remove(keys.slice(1))).Deleted).toHaveLength(1000);
    await expect(remove(keys)).rejects.toMatchObject(failure('MalformedXML', 400));
  });

  it('insists on a checksum of its document', async () => {
    const body = '<Delete><Object><Key>bare</Key></Object></Delete>';
    const request = { method: 'POST', path: '/photos', query: { delete: '' }, body };
    expect(await send(running.server, request)).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
    const headers = { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    expect(await send(running.server, { ...request, headers })).toMatchObject({
      code: 'BadDigest',
    });
    expect((await send(running.server, { path: '/photos/bare' })).status).toBe(200);
  });
});

describe('CopyObject', () => {
  const copy = (Key: string, source: string, options: Record<string, unknown> = {}) =>
    running.client.send(
      new CopyObjectCommand({ Bucket, Key, CopySource: encodeURIComponent(source), ...options }),
    );

  it('copies content, metadata and tags', async () => {
    await put('from ü', { ContentType: 'a/b', Metadata: { a: 'b' }, Tagging: 't=1' });
    await copy('to', 'photos/from ü');
    expect(await head('to')).toMatchObject({
      ContentType: 'a/b',
      Metadata: { a: 'b' },
      TagCount: 1,
    });
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: 'from ü' }));
    const got = await running.client.send(new GetObjectCommand({ Bucket, Key: 'to' }));
    expect(await got.Body?.transformToString()).toBe('from ü');
  });

  it('replaces metadata and tags if asked', async () => {
    await put('replace', { ContentType: 'a/b', Metadata: { a: 'b' }, Tagging: 't=1' });
    await copy('replace', 'photos/replace', {
      MetadataDirective: 'REPLACE',
      ContentType: 'c/d',
      TaggingDirective: 'REPLACE',
    });
    const answer = await head('replace');
    expect(answer).toMatchObject({ ContentType: 'c/d', Metadata: {} });
    expect(answer.TagCount).toBeUndefined();
  });

  it('refuses to copy an object to itself unchanged', async () => {
    await put('self');
    await expect(copy('self', 'photos/self')).rejects.toMatchObject(failure('InvalidRequest', 400));
  });

  it('of what is missing is an error', async () => {
    await expect(copy('to', 'photos/missing')).rejects.toMatchObject(failure('NoSuchKey', 404));
    await expect(copy('to', 'nowhere/x')).rejects.toMatchObject(failure('NoSuchBucket', 404));
  });
});

describe('tags', () => {
  const tagging = (Key: string) =>
    running.client.send(new GetObjectTaggingCommand({ Bucket, Key }));
  const tag = (Key: string, TagSet: { Key: string; Value: string }[]) =>
    running.client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));

  it('come with the object, and change without it', async () => {
    await put('tagged', { Tagging: 'a=1&b%20c=x%2By' });
    const { LastModified, ETag } = await head('tagged');
    expect((await tagging('tagged')).TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b c', Value: 'x+y' },
    ]);
    await tag('tagged', [{ Key: 'n', Value: '' }]);
    expect((await tagging('tagged')).TagSet).toEqual([{ Key: 'n', Value: '' }]);
    expect(await head('tagged')).toMatchObject({ LastModified, ETag, TagCount: 1 });
    await running.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect((await tagging('tagged')).TagSet).toEqual([]);
  });

  it('are ten at most, short, and each of another key', async () => {
    await put('limits');
    const many = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
    await expect(tag('limits', many)).rejects.toMatchObject(failure('BadRequest', 400));
    await tag('limits', many.slice(1));
    const invalid = failure('InvalidTag', 400);
    await expect(tag('limits', [{ Key: 'k'.repeat(129), Value: '' }])).rejects.toMatchObject(
      invalid,
    );
    await expect(tag('limits', [{ Key: 'k', Value: 'v'.repeat(257) }])).rejects.toMatchObject(
      invalid,
    );
    const twice = [
      { Key: 'k', Value: '1' },
      { Key: 'k', Value: '2' },
    ];
    await expect(tag('limits', twice)).rejects.toMatchObject(invalid);
    await expect(put('limits', { Tagging: 'a=1&a=2' })).rejects.toMatchObject(
      failure('InvalidArgument', 400),
    );
  });

  it('of a missing object are an error', async () => {
    await expect(tagging('missing')).rejects.toMatchObject(failure('NoSuchKey', 404));
    await expect(tag('missing', [])).rejects.toMatchObject(failure('NoSuchKey', 404));
  });
});
