import { Readable } from 'node:stream';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { describe, expect, test } from 'vitest';
import { someKey, useServer } from './store.js';
import { versionTests } from './versions.js';

const setup = useServer();

describe('over the server in process', () => {
  versionTests(() => setup.server, { server: 'aws' });
});

describe('below a prefix of the bucket', () => {
  versionTests(() => setup.server, { server: 'aws', prefix: 'a/Ü + %' });
});

test('a bucket that keeps no versions has one of each file', async () => {
  const storage = setup.storage();
  const key = someKey();
  const { versionId } = await storage.upload(key, 'one');
  await storage.upload(key, 'two');
  expect(versionId).toBeUndefined();
  const found = [];
  for await (const version of storage.versions?.list({ prefix: key }) ?? []) found.push(version);
  expect(found).toMatchObject([{ type: 'file', key, versionId: 'null', latest: true, size: 3 }]);
  const restored = await storage.versions?.restore(key, 'null');
  expect(restored).toMatchObject({ key, size: 3 });
  await storage.delete(key, { versionId: 'null' });
  expect(await storage.exists(key)).toBe(false);
});

test('names that are no keys are passed over', async () => {
  const { endpoint, region, credentials } = setup.server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  for (const name of ['', 'a', 'a/', 'a//b', '../x', 'z']) {
    const Key = `oddly/${name}`;
    await client.send(new PutObjectCommand({ Bucket: setup.bucket, Key, Body: 'x' }));
  }
  client.destroy();
  const keys = [];
  const storage = setup.storage({ prefix: 'oddly' });
  for await (const { key } of storage.versions?.list() ?? []) keys.push(key);
  expect(keys).toEqual(['a', 'z']);
});

test('where the server is not known to keep versions, a version id is refused until a probe', async () => {
  for (const server of ['r2', 'generic'] as const) {
    const storage = setup.storage({ server });
    const key = someKey();
    await storage.upload(key, 'x');
    expect(storage.versions).toBeUndefined();
    setup.server.requests.reset();
    const versionId = 'null';
    for (const call of [
      () => storage.stat(key, { versionId }),
      () => storage.download(key, { versionId }),
      () => storage.delete(key, { versionId }),
      () => storage.tags?.get(key, { versionId }) ?? storage.stat(key, { versionId }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'Unsupported', key });
    }
    expect(setup.server.requests.count()).toBe(0);
    await storage.probe();
    expect(storage.versions).toBeDefined();
    expect(await storage.stat(key, { versionId })).toMatchObject({ key });
  }
});

describe('a listing of a server that', () => {
  const version = (key: string, id: string) =>
    `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>true</IsLatest><LastModified>2026-10-12T00:00:00.000Z</LastModified><ETag>&quot;a&quot;</ETag><Size>1</Size></Version>`;
  /** Answers every request with the same page. */
  const answering = (elements: string) => {
    const body = `<?xml version="1.0"?><ListVersionsResult>${elements}</ListVersionsResult>`;
    const client = new S3Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: {
        handle: async () => ({
          response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(body)]) },
        }),
      },
    });
    const { versions } = new S3StorageProvider({ bucket: 'b', client });
    return async () => {
      const keys = [];
      for await (const { key } of versions?.list() ?? []) keys.push(key);
      return keys;
    };
  };
  test('leaves its marker in clear beside encoded names goes on behind it', async () => {
    const asked: unknown[] = [];
    const page = (inside: string) =>
      `<?xml version="1.0"?><ListVersionsResult><EncodingType>url</EncodingType>${inside}</ListVersionsResult>`;
    const marker = '<NextKeyMarker>x%7Ay+</NextKeyMarker>';
    const pages = [
      page(`<IsTruncated>true</IsTruncated>${marker}${version('x%257Ay%2B', '1')}`),
      page(version('z', '2')),
    ];
    const client = new S3Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: {
        handle: async ({ query }: { readonly query: Readonly<Record<string, unknown>> }) => {
          asked.push(query['key-marker']);
          const body = Readable.from([Buffer.from(pages[asked.length - 1] ?? '')]);
          return { response: { statusCode: 200, headers: {}, body } };
        },
      },
    });
    const { versions } = new S3StorageProvider({ bucket: 'b', client });
    const keys = [];
    for await (const { key } of versions?.list() ?? []) keys.push(key);
    expect(keys).toEqual(['x%7Ay+', 'z']);
    expect(asked).toEqual([undefined, 'x%7Ay+']);
  });

  const truncated = '<IsTruncated>true</IsTruncated>';

  test('says that it goes on but not from where fails', async () => {
    const list = answering(`${truncated}${version('a', '1')}`);
    await expect(list()).rejects.toMatchObject({ code: 'Unavailable', operation: 'listVersions' });
  });

  test('goes on from where it was before ends', async () => {
    const marker = '<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>';
    for (const elements of ['', version('a', '1')]) {
      const list = answering(`${truncated}${marker}${elements}`);
      await expect(list()).rejects.toMatchObject({ code: 'Unavailable' });
    }
  });

  test('is not in the order of bytes fails', async () => {
    const list = answering(version('b', '1') + version('a', '2'));
    await expect(list()).rejects.toMatchObject({ code: 'Unsupported' });
  });

  test('leaves out what every server gives fails', async () => {
    const list = answering('<Version><Key>a</Key></Version>');
    await expect(list()).rejects.toMatchObject({ code: 'Unknown' });
  });
});
