import { PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientOf, failure } from './client.js';
import { useServer } from './running-server.js';
import { send, transmit } from './signed-request.js';

const running = useServer({ buckets: ['photos', 'closed'] });

beforeAll(async () => {
  await configure({
    AllowedOrigins: ['https://*.example.com'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedHeaders: ['content-type', 'x-amz-*'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 60,
  });
});

interface Rule {
  readonly AllowedOrigins: string[];
  readonly AllowedMethods: string[];
  readonly AllowedHeaders?: string[];
  readonly ExposeHeaders?: string[];
  readonly MaxAgeSeconds?: number;
}

const configure = (rule: Rule) =>
  clientOf(running.server).send(
    new PutBucketCorsCommand({ Bucket: 'photos', CORSConfiguration: { CORSRules: [rule] } }),
  );

const origin = 'https://app.example.com';
const preflight = (headers: Record<string, string>, target = '/photos/a') =>
  transmit(running.server, { method: 'OPTIONS', target, headers });

describe('a browser that asks first', () => {
  it('is told what a rule allows', async () => {
    const answer = await preflight({
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'Content-Type, x-amz-meta-a',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type, x-amz-meta-a',
      'access-control-expose-headers': 'ETag',
      'access-control-max-age': '60',
    });
  });

  it.each([
    ['another origin', { origin: 'https://example.org', 'access-control-request-method': 'PUT' }],
    ['another method', { origin, 'access-control-request-method': 'DELETE' }],
    [
      'another header',
      { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-b' },
    ],
  ])('is refused for %s', async (_, headers) => {
    expect(await preflight(headers)).toMatchObject({ status: 403, code: 'AccessForbidden' });
  });

  it('is refused where nothing is configured, and without an origin', async () => {
    const headers = { origin, 'access-control-request-method': 'PUT' };
    expect(await preflight(headers, '/closed/a')).toMatchObject({ status: 403 });
    expect(await preflight({})).toMatchObject({ status: 400, code: 'BadRequest' });
  });
});

it('answers, errors too, carry what the browser wants to see', async () => {
  const answer = await send(running.server, { path: '/photos/missing', headers: { origin } });
  expect(answer.status).toBe(404);
  expect(answer.headers['access-control-allow-origin']).toBe(origin);
  const other = await send(running.server, {
    path: '/photos/missing',
    headers: { origin: 'http://x' },
  });
  expect(other.headers['access-control-allow-origin']).toBeUndefined();
});

it('a rule for an unknown method is refused', async () => {
  await expect(
    configure({ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }),
  ).rejects.toMatchObject(failure('InvalidRequest', 400));
});
