import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import { startS3Server } from '../../src/s3-server/index.js';
import { useServer } from './running-server.js';
import { presign, send, signHeaders, transmit } from './signed-request.js';

const running = useServer();

beforeAll(async () => {
  await send(running.server, { method: 'PUT', path: '/photos/a', body: 'content of a' });
});

const MINUTE = 60_000;

describe('an Authorization header', () => {
  it('that is right is let in', async () => {
    expect((await send(running.server, { path: '/photos/a' })).body).toBe('content of a');
  });

  it('is needed', async () => {
    const answer = await transmit(running.server, {
      method: 'GET',
      target: '/photos/a',
      headers: {},
    });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('with a wrong signature is refused', async () => {
    const forge = (signature: string) => signature.replace(/./, (c) => (c === '0' ? '1' : '0'));
    const answer = await send(running.server, { path: '/photos/a', forge });
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(answer.body).toContain('<StringToSign>AWS4-HMAC-SHA256\n');
  });

  it('of a wrong secret is refused', async () => {
    const credentials = { ...running.server.credentials, secretAccessKey: 'guessed' };
    expect(await send(running.server, { path: '/photos/a', credentials })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  it('of an unknown access key is refused', async () => {
    const credentials = { ...running.server.credentials, accessKeyId: 'AKNOBODY' };
    expect(await send(running.server, { path: '/photos/a', credentials })).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
    });
  });

  it('for another region is told the right one', async () => {
    const answer = await send(running.server, { path: '/photos/a', region: 'eu-central-1' });
    expect(answer).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' });
    expect(answer.body).toContain('<Region>us-east-1</Region>');
  });

  it.each([-16, 16])('%i minutes off the clock is refused', async (minutes) => {
    const date = new Date(Date.now() + minutes * MINUTE);
    expect(await send(running.server, { path: '/photos/a', date })).toMatchObject({
      status: 403,
      code: 'RequestTimeTooSkewed',
    });
  });

  it.each([-14, 14])('%i minutes off the clock is let in', async (minutes) => {
    const date = new Date(Date.now() + minutes * MINUTE);
    expect((await send(running.server, { path: '/photos/a', date })).status).toBe(200);
  });

  it('has to cover all x-amz-* headers', async () => {
    const answer = await send(running.server, {
      method: 'PUT',
      path: '/photos/b',
      body: '',
      unsigned: { 'x-amz-meta-added': 'on the way' },
    });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(answer.body).toContain('<HeadersNotSigned>x-amz-meta-added</HeadersNotSigned>');
  });

  it('does not cover another key', async () => {
    const { headers } = signHeaders(running.server, { path: '/photos/a' });
    const answer = await transmit(running.server, { method: 'GET', target: '/photos/b', headers });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  });

  it('does not cover another query', async () => {
    const { headers } = signHeaders(running.server, { path: '/photos', query: { prefix: 'a' } });
    const answer = await transmit(running.server, {
      method: 'GET',
      target: '/photos?prefix=b',
      headers,
    });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  });

  it('needs x-amz-content-sha256 beside it, with a value that S3 knows', async () => {
    const answer = await send(running.server, { path: '/photos/a', payload: 'SOMETHING' });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('is checked against the path as it is, without normalising it', async () => {
    const path = '/photos/x//y/./z%2B%20%25';
    expect((await send(running.server, { method: 'PUT', path, body: '1' })).status).toBe(200);
    expect((await send(running.server, { path })).body).toBe('1');
    expect((await send(running.server, { path: '/photos/x/y/z%2B%20%25' })).code).toBe('NoSuchKey');
  });
});

describe('a session token', () => {
  const credentials = { accessKeyId: 'AKSESSION', secretAccessKey: 's', sessionToken: 'token' };

  it('has to be the right one', async () => {
    await using guarded = await startS3Server({ credentials: [credentials] });
    const answer = (token?: string) =>
      send(guarded, {
        path: '/',
        ...(token === undefined ? {} : { headers: { 'x-amz-security-token': token } }),
      });
    expect((await answer('token')).status).toBe(200);
    expect(await answer('other')).toMatchObject({ status: 400, code: 'InvalidToken' });
    expect(await answer()).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
  });

  it('is refused for an account without one', async () => {
    const answer = await send(running.server, {
      path: '/',
      headers: { 'x-amz-security-token': 'token' },
    });
    expect(answer.code).toBe('InvalidToken');
  });
});

describe('a presigned URL', () => {
  const get = (target: string, headers: Readonly<Record<string, string>> = {}) =>
    transmit(running.server, {
      method: 'GET',
      target,
      headers: { host: `127.0.0.1:${running.server.port}`, ...headers },
    });

  it('that is right is let in', async () => {
    const target = presign(running.server, { path: '/photos/a', expires: 60 });
    expect((await get(target)).body).toBe('content of a');
  });

  it('is refused once it has expired', async () => {
    const date = new Date(Date.now() - 61_000);
    const answer = await get(presign(running.server, { path: '/photos/a', expires: 60, date }));
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(answer.body).toContain('Request has expired');
  });

  it('is good for seven days and no longer', async () => {
    const date = new Date(Date.now() - 6 * 24 * 60 * MINUTE);
    expect(
      (await get(presign(running.server, { path: '/photos/a', expires: 604_800, date }))).status,
    ).toBe(200);
    expect(
      await get(presign(running.server, { path: '/photos/a', expires: 604_801 })),
    ).toMatchObject({
      status: 400,
      code: 'AuthorizationQueryParametersError',
    });
  });

  it('of the future is refused', async () => {
    const date = new Date(Date.now() + 16 * MINUTE);
    const answer = await get(presign(running.server, { path: '/photos/a', expires: 3600, date }));
    expect(answer.body).toContain('Request is not yet valid');
  });

  it('does not cover another key, another method or a changed expiry', async () => {
    const target = presign(running.server, { path: '/photos/a', expires: 60 });
    const headers = { host: `127.0.0.1:${running.server.port}` };
    expect((await get(target.replace('/photos/a', '/photos/b'))).code).toBe(
      'SignatureDoesNotMatch',
    );
    expect((await get(target.replace('Expires=60', 'Expires=600'))).code).toBe(
      'SignatureDoesNotMatch',
    );
    expect((await transmit(running.server, { method: 'DELETE', target, headers })).code).toBe(
      'SignatureDoesNotMatch',
    );
  });

  it('can’t be given x-amz-* headers that were not signed', async () => {
    const target = presign(running.server, { path: '/photos/a', expires: 60 });
    expect((await get(target, { 'x-amz-meta-a': 'b' })).code).toBe('AccessDenied');
  });

  it('for another region is told the right one', async () => {
    const target = presign(running.server, { path: '/photos/a', expires: 60, region: 'eu-west-1' });
    expect((await get(target)).body).toContain(
      'the region &apos;eu-west-1&apos; is wrong; expecting &apos;us-east-1&apos;',
    );
  });

  it('of the SDK uploads and downloads, with headers overridden', async () => {
    const client = new S3Client({
      endpoint: running.server.endpoint,
      region: running.server.region,
      credentials: running.server.credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const put = new PutObjectCommand({ Bucket: 'photos', Key: 'ü/ (1)', ContentType: 'text/html' });
    const uploaded = await fetch(await getSignedUrl(client, put, { expiresIn: 60 }), {
      method: 'PUT',
      body: 'presigned',
      headers: { 'content-type': 'text/html' },
    });
    expect(uploaded.status).toBe(200);
    const command = new GetObjectCommand({
      Bucket: 'photos',
      Key: 'ü/ (1)',
      ResponseContentDisposition: 'attachment; filename="x"',
      ResponseContentType: 'text/plain',
    });
    const got = await fetch(await getSignedUrl(client, command, { expiresIn: 60 }));
    expect(await got.text()).toBe('presigned');
    expect(got.headers.get('content-type')).toBe('text/plain');
    expect(got.headers.get('content-disposition')).toBe('attachment; filename="x"');
  });

  it('of the SDK that bakes in a checksum is held to it', async () => {
    const client = new S3Client({
      endpoint: running.server.endpoint,
      region: running.server.region,
      credentials: running.server.credentials,
      forcePathStyle: true,
    });
    const put = new PutObjectCommand({ Bucket: 'photos', Key: 'baked' });
    const url = await getSignedUrl(client, put, { expiresIn: 60 });
    const answer = await fetch(url, { method: 'PUT', body: 'other than the empty body' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Code>BadDigest</Code>');
  });
});
