import { connect } from 'node:net';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { failure } from './client.js';
import { useServer } from './running-server.js';
import { converse, headText, send, signHeaders } from './signed-request.js';

const running = useServer();

const Bucket = 'photos';
const put = (
  Key: string,
  Body: string,
  condition: { IfMatch?: string; IfNoneMatch?: string } = {},
) => running.client.send(new PutObjectCommand({ Bucket, Key, Body, ...condition }));
const read = async (Key: string) =>
  (await running.client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const remove = (Key: string, IfMatch?: string) =>
  running.client.send(new DeleteObjectCommand({ Bucket, Key, ...(IfMatch ? { IfMatch } : {}) }));

const precondition = failure('PreconditionFailed', 412);

describe('If-None-Match: * on PutObject', () => {
  it('creates what is absent, and nothing else', async () => {
    await put('create', 'one', { IfNoneMatch: '*' });
    await expect(put('create', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject(precondition);
    expect(await read('create')).toBe('one');
    await remove('create');
    await put('create', 'three', { IfNoneMatch: '*' });
    expect(await read('create')).toBe('three');
  });

  it('lets exactly one of twenty at a time win', async () => {
    const attempts = Array.from({ length: 20 }, (_, index) =>
      put('race', `content ${index}`, { IfNoneMatch: '*' }).then(() => index),
    );
    const outcomes = await Promise.allSettled(attempts);
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(await read('race')).toBe(`content ${won[0]?.value}`);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(precondition);
    }
  });

  it('is decided when the body has come, not when it began', async () => {
    const { headers } = signHeaders(running.server, {
      method: 'PUT',
      path: '/photos/late',
      payload: 'UNSIGNED-PAYLOAD',
      headers: { 'if-none-match': '*', expect: '100-continue' },
    });
    const head = headText('PUT', '/photos/late', { ...headers, 'content-length': '4' });
    const slow = await startSlowly(head, () => put('late', 'first'), 'slow');
    expect(slow).toMatch(/HTTP\/1.1 412 /);
    expect(await read('late')).toBe('first');
  });

  it('conflicts with a delete that comes while the body does', async () => {
    const path = '/photos/deleted-meanwhile';
    const { headers } = signHeaders(running.server, {
      method: 'PUT',
      path,
      payload: 'UNSIGNED-PAYLOAD',
      headers: { 'if-none-match': '*', expect: '100-continue' },
    });
    const head = headText('PUT', path, { ...headers, 'content-length': '4' });
    const answer = await startSlowly(
      head,
      async () => {
        await put('deleted-meanwhile', 'x');
        await remove('deleted-meanwhile');
      },
      'slow',
    );
    expect(answer).toMatch(/HTTP\/1.1 409 [\s\S]*ConditionalRequestConflict/);
  });

  it('takes no ETag', async () => {
    await expect(put('etag', 'x', { IfNoneMatch: '"abc"' })).rejects.toMatchObject(
      failure('NotImplemented', 501),
    );
  });
});

/** Sends a head, waits for 100 Continue, does something else, and only then sends the body. */
async function startSlowly(head: string, meanwhile: () => Promise<unknown>, body: string) {
  return new Promise<string>((resolve, reject) => {
    let received = '';
    let continued = false;
    const socket = connect(running.server.port, '127.0.0.1', () => socket.write(head));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!continued && received.includes('100 Continue')) {
        continued = true;
        meanwhile().then(() => socket.write(body), reject);
      }
      if (/HTTP\/1.1 [2-5]/.test(received)) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

describe('If-Match on PutObject', () => {
  it('replaces the named generation, and no other', async () => {
    const { ETag } = await put('match', 'one');
    await put('match', 'two', { IfMatch: ETag ?? '' });
    await expect(put('match', 'three', { IfMatch: ETag ?? '' })).rejects.toMatchObject(
      precondition,
    );
    expect(await read('match')).toBe('two');
  });

  it('is NoSuchKey where there is nothing', async () => {
    await expect(put('nothing', 'x', { IfMatch: '"abc"' })).rejects.toMatchObject(
      failure('NoSuchKey', 404),
    );
  });

  it('can’t be given along with If-None-Match', async () => {
    const both = put('both', 'x', { IfMatch: '"abc"', IfNoneMatch: '*' });
    await expect(both).rejects.toMatchObject(failure('NotImplemented', 501));
  });

  it('lets exactly one of ten updates at a time win', async () => {
    const { ETag } = await put('update', 'start');
    const attempts = Array.from({ length: 10 }, (_, index) =>
      put('update', `content ${index}`, { IfMatch: ETag ?? '' }),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a condition on CompleteMultipartUpload', () => {
  async function upload(Key: string) {
    const { UploadId } = await running.client.send(
      new CreateMultipartUploadCommand({ Bucket, Key }),
    );
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'part' };
    const { ETag } = await running.client.send(new UploadPartCommand(part));
    const Parts = [{ PartNumber: 1, ETag }];
    return {
      complete: (condition: { IfMatch?: string; IfNoneMatch?: string }) =>
        running.client.send(
          new CompleteMultipartUploadCommand({
            Bucket,
            Key,
            UploadId,
            MultipartUpload: { Parts },
            ...condition,
          }),
        ),
      abort: () => running.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
    };
  }

  it('If-None-Match: * creates what is absent, and nothing else', async () => {
    const [first, second] = [await upload('mp'), await upload('mp')];
    await first.complete({ IfNoneMatch: '*' });
    await expect(second.complete({ IfNoneMatch: '*' })).rejects.toMatchObject(precondition);
    await second.abort(); // a refused completion leaves the upload open
  });

  it('If-Match replaces the named generation, and no other', async () => {
    const { ETag } = await put('mp-match', 'one');
    const [first, second] = [await upload('mp-match'), await upload('mp-match')];
    await first.complete({ IfMatch: ETag ?? '' });
    await expect(second.complete({ IfMatch: ETag ?? '' })).rejects.toMatchObject(precondition);
    const missing = await upload('mp-missing');
    await expect(missing.complete({ IfMatch: '"abc"' })).rejects.toMatchObject(
      failure('NoSuchKey', 404),
    );
  });

  it('conflicts with a delete since the upload was started', async () => {
    await put('mp-deleted', 'x');
    const { complete } = await upload('mp-deleted');
    await remove('mp-deleted');
    await expect(complete({ IfNoneMatch: '*' })).rejects.toMatchObject(
      failure('ConditionalRequestConflict', 409),
    );
    const again = await upload('mp-deleted');
    await again.complete({ IfNoneMatch: '*' });
  });
});

describe('If-Match on DeleteObject', () => {
  it('deletes the named generation, and no other', async () => {
    const { ETag } = await put('del', 'one');
    await put('del', 'two');
    await expect(remove('del', ETag)).rejects.toMatchObject(precondition);
    const { ETag: current } = await put('del', 'three');
    await remove('del', current);
    await expect(read('del')).rejects.toMatchObject(failure('NoSuchKey', 404));
  });

  it('with * deletes only what is there', async () => {
    await put('del-any', 'x');
    await remove('del-any', '*');
    await expect(remove('del-any', '*')).rejects.toMatchObject(failure('NoSuchKey', 404));
  });

  it('works key by key in DeleteObjects', async () => {
    const { ETag } = await put('many-1', 'one');
    await put('many-2', 'two');
    const Objects = [
      { Key: 'many-1', ETag },
      { Key: 'many-2', ETag },
    ];
    const answer = await running.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(['many-1']);
    expect(answer.Errors).toMatchObject([{ Key: 'many-2', Code: 'PreconditionFailed' }]);
  });
});

describe('conditions of GET and HEAD', () => {
  const path = '/photos/cond';
  let etag = '';
  const past = new Date(Date.now() - 3_600_000).toUTCString();
  const day = 24 * 3_600_000;

  beforeAll(async () => {
    etag = (await put('cond', 'content')).ETag ?? '';
  });

  const get = (headers: Readonly<Record<string, string>>) =>
    send(running.server, { path, headers });

  it('If-None-Match answers 304 with the ETag and no body', async () => {
    const answer = await get({ 'if-none-match': etag });
    expect(answer).toMatchObject({ status: 304, body: '' });
    expect(answer.headers.etag).toBe(etag);
    expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
    expect((await get({ 'if-none-match': `"other", ${etag}` })).status).toBe(304);
  });

  it('If-Match answers 412 for another generation', async () => {
    expect((await get({ 'if-match': etag })).status).toBe(200);
    expect(await get({ 'if-match': '"other"' })).toMatchObject({
      status: 412,
      code: 'PreconditionFailed',
    });
    const command = new HeadObjectCommand({ Bucket, Key: 'cond', IfMatch: '"other"' });
    await expect(running.client.send(command)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 412 },
    });
  });

  it('dates answer 304 and 412', async () => {
    const head = await send(running.server, { method: 'HEAD', path });
    const written = head.headers['last-modified'] ?? '';
    expect((await get({ 'if-modified-since': written })).status).toBe(304);
    expect((await get({ 'if-modified-since': past })).status).toBe(200);
    expect((await get({ 'if-unmodified-since': past })).status).toBe(412);
    expect((await get({ 'if-unmodified-since': written })).status).toBe(200);
  });

  it('ETags outrank dates, and a date in the future is ignored', async () => {
    expect((await get({ 'if-match': etag, 'if-unmodified-since': past })).status).toBe(200);
    const written =
      (await send(running.server, { method: 'HEAD', path })).headers['last-modified'] ?? '';
    const both = { 'if-none-match': '"other"', 'if-modified-since': written };
    expect((await get(both)).status).toBe(200);
    const future = new Date(Date.now() + day).toUTCString();
    expect((await get({ 'if-modified-since': future })).status).toBe(200);
  });
});

describe('conditions of CopyObject', () => {
  const copy = (condition: Partial<ConstructorParameters<typeof CopyObjectCommand>[0]>) =>
    running.client.send(
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: 'photos/copied', ...condition }),
    );

  it('on the source answer 412', async () => {
    const { ETag } = await put('copied', 'content');
    await copy({ CopySourceIfMatch: ETag });
    await expect(copy({ CopySourceIfMatch: '"other"' })).rejects.toMatchObject(precondition);
    await expect(copy({ CopySourceIfNoneMatch: ETag })).rejects.toMatchObject(precondition);
    const CopySourceIfUnmodifiedSince = new Date(Date.now() - 3_600_000);
    await expect(copy({ CopySourceIfUnmodifiedSince })).rejects.toMatchObject(precondition);
  });

  it('on the destination answer 412', async () => {
    await put('copied', 'content');
    await put('copy', 'there');
    await expect(copy({ IfNoneMatch: '*' })).rejects.toMatchObject(precondition);
    await expect(copy({ IfMatch: '"other"' })).rejects.toMatchObject(precondition);
    expect(await read('copy')).toBe('there');
  });
});

it('a condition that fails is told before the body is sent', async () => {
  await put('early', 'x');
  const { headers } = signHeaders(running.server, {
    method: 'PUT',
    path: '/photos/early',
    payload: 'UNSIGNED-PAYLOAD',
    headers: { 'if-none-match': '*', expect: '100-continue' },
  });
  const head = headText('PUT', '/photos/early', { ...headers, 'content-length': '1000000' });
  const answer = await converse(running.server, head, /<\/Error>/);
  expect(answer).toMatch(/^HTTP\/1.1 412 /);
  expect(answer).toMatch(/^connection: close\r$/im);
});
