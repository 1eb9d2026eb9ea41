import { inspectBucket } from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
});

const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

describe('where requests go', () => {
  it.each([
    [{ region: 'eu-central-1' }, 'https://bucket.s3.eu-central-1.amazonaws.com/'],
    [{ region: 'eu-central-1', bucket: 'with.dots' }, 'https://s3.eu-central-1.amazonaws.com/'],
    [{ endpoint: 'http://localhost:9000' }, 'http://localhost:9000/'],
    [
      { endpoint: 'https://s3.example', region: 'x', forcePathStyle: false },
      'https://bucket.s3.example/',
    ],
  ])('by %j', async (options, address) => {
    await using inspection = inspectBucket({ bucket: 'bucket', ...options });
    expect((await inspection.address()).href).toBe(address);
  });

  it('by the environment', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://localhost:1234');
    await using inspection = inspectBucket({ bucket: 'bucket', region: 'x' });
    expect((await inspection.address()).host).toContain('localhost:1234');
  });
});

describe('credentials', () => {
  it('of the options are told by a part of the id', async () => {
    await using inspection = inspectBucket({ bucket: 'bucket', region: 'x', credentials: KEYS });
    const found = await inspection.credentials();
    expect(found).toEqual({ origin: 'options', accessKeyId: 'AKIA…MPLE', temporary: false });
  });

  it('of the environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', '2031-01-01T00:00:00Z');
    await using inspection = inspectBucket({ bucket: 'bucket', region: 'x' });
    expect(await inspection.credentials()).toEqual({
      origin: 'environment',
      accessKeyId: 'AKIA…MPLE',
      temporary: true,
      expires: new Date('2031-01-01'),
    });
  });

  it('that take too long are given up', async () => {
    const credentials = () => new Promise<never>(() => {});
    await using inspection = inspectBucket({ bucket: 'bucket', region: 'x', credentials });
    const asked = inspection.credentials({ limit: 50 });
    await expect(asked).rejects.toMatchObject({ code: 'Timeout' });
  });
});

it('a server tells whom it takes the credentials for', async () => {
  const server = await startS3Server({ buckets: ['bucket'] });
  onTestFinished(() => server.close());
  const { endpoint, credentials } = server;
  await using inspection = inspectBucket({ bucket: 'bucket', endpoint, credentials });
  await inspection.reach();
  expect(await inspection.owner()).toEqual(expect.any(String));
  await using stranger = inspectBucket({ bucket: 'bucket', endpoint, credentials: KEYS });
  await expect(stranger.reach()).rejects.toMatchObject({
    code: 'AccessDenied',
    cause: { name: 'InvalidAccessKeyId' },
  });
});
