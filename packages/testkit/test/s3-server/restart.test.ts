import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf } from './client.js';
import { send } from './signed-request.js';

let dataDirectory: string;

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 's3-restart-'));
});
afterEach(() => rm(dataDirectory, { recursive: true, force: true }));

const credentials = [{ accessKeyId: 'AK1', secretAccessKey: 's1' }];
const Bucket = 'photos';
const start = () => startS3Server({ dataDirectory, credentials, buckets: [Bucket] });
const bodies = () => readdir(join(dataDirectory, 'bodies'));

describe('a server on the directory of an earlier one', () => {
  it('finds objects with all that describes them', async () => {
    {
      await using first = await start();
      const description = { ContentType: 'a/b', Metadata: { m: 'x' }, Tagging: 't=1' };
      const put = { Bucket, Key: 'k ü//', Body: 'content', ...description };
      await clientOf(first).send(new PutObjectCommand(put));
      await send(first, { method: 'PUT', path: '/photos/gone', body: 'x' });
      await send(first, { method: 'DELETE', path: '/photos/gone' });
    }
    await using second = await start();
    const client = clientOf(second);
    const got = await client.send(
      new GetObjectCommand({ Bucket, Key: 'k ü//', ChecksumMode: 'ENABLED' }),
    );
    expect(await got.Body?.transformToString()).toBe('content');
    expect(got).toMatchObject({ ContentType: 'a/b', Metadata: { m: 'x' }, TagCount: 1 });
    expect(got.ChecksumCRC32).toBeDefined();
    const tagging = new GetObjectTaggingCommand({ Bucket, Key: 'k ü//' });
    expect((await client.send(tagging)).TagSet).toEqual([{ Key: 't', Value: '1' }]);
    expect((await send(second, { path: '/photos/gone' })).status).toBe(404);
  });

  it('finds versions and delete markers in their order', async () => {
    const path = '/photos/k';
    const put = (server: S3Server, body: string) => send(server, { method: 'PUT', path, body });
    const configure = (server: S3Server, Status: 'Enabled' | 'Suspended') =>
      clientOf(server).send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
      );
    const versions = async (server: S3Server) => {
      const query = { versions: '' };
      const { body } = await send(server, { path: '/photos', query });
      return [
        ...body.matchAll(/<(Version|DeleteMarker)>.*?<VersionId>(.*?)<.*?<IsLatest>(.*?)</g),
      ].map((match) => match.slice(1));
    };
    let before: unknown[];
    {
      await using first = await start();
      await put(first, 'one');
      await configure(first, 'Enabled');
      await put(first, 'two');
      await put(first, 'three');
      await configure(first, 'Suspended');
      await put(first, 'four');
      await configure(first, 'Enabled');
      await send(first, { method: 'DELETE', path });
      before = await versions(first);
      expect(before).toHaveLength(4);
    }
    {
      await using second = await start();
      expect(await versions(second)).toEqual(before);
      expect((await send(second, { path })).status).toBe(404);
      expect((await send(second, { path, query: { versionId: 'null' } })).body).toBe('four');
      await put(second, 'five');
      expect((await versions(second)).slice(1)).toMatchObject(
        before.map((version, index) =>
          index === 0 ? ['DeleteMarker', expect.any(String), 'false'] : version,
        ),
      );
      for (const [, versionId] of await versions(second)) {
        await send(second, { method: 'DELETE', path, query: { versionId: `${versionId}` } });
      }
      expect(await versions(second)).toEqual([]);
    }
    expect(await bodies()).toEqual([]);
  });

  it('goes on with a multipart upload', async () => {
    const named = { Bucket, Key: 'parts' };
    let UploadId: string | undefined;
    let ETag: string | undefined;
    {
      await using first = await start();
      const client = clientOf(first);
      const created = await client.send(
        new CreateMultipartUploadCommand({ ...named, ContentType: 'a/b' }),
      );
      UploadId = created.UploadId;
      const part = { ...named, UploadId, PartNumber: 1, Body: 'part' };
      ETag = (await client.send(new UploadPartCommand(part))).ETag;
    }
    await using second = await start();
    expect(second.openMultipartUploads(Bucket)).toMatchObject([{ key: 'parts', parts: 1 }]);
    const client = clientOf(second);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
    const head = await client.send(new HeadObjectCommand(named));
    expect(head).toMatchObject({ ContentLength: 4, ContentType: 'a/b' });
  });

  it('removes what a crash left behind, and nothing else', async () => {
    {
      await using first = await start();
      await send(first, { method: 'PUT', path: '/photos/kept', body: 'kept' });
    }
    await writeFile(join(dataDirectory, 'bodies', 'orphan'), 'half an upload');
    await writeFile(join(dataDirectory, 'staging', 'record'), '{"key":"hal');
    await mkdir(join(dataDirectory, 'buckets', 'half-made', 'objects'), { recursive: true });
    await mkdir(join(dataDirectory, 'buckets', Bucket, 'uploads', 'half-removed'));
    await using second = await start();
    expect((await send(second, { path: '/photos/kept' })).body).toBe('kept');
    expect(await bodies()).toHaveLength(1);
    expect(await readdir(join(dataDirectory, 'staging'))).toEqual([]);
    expect(await readdir(join(dataDirectory, 'buckets'))).toEqual([Bucket]);
    expect(second.openMultipartUploads(Bucket)).toEqual([]);
  });
});

describe('the disk', () => {
  it('keeps nothing of what was deleted, replaced, refused or aborted', async () => {
    await using server = await start();
    const put = (body: string, options = {}) =>
      send(server, { method: 'PUT', path: '/photos/k', body, ...options });
    await put('one');
    await put('two');
    await put('three', { headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } });
    await put('four', { headers: { 'if-none-match': '*' } });
    const client = clientOf(server);
    const named = { Bucket, Key: 'u' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(named));
    await client.send(new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: 'a' }));
    await client.send(new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: 'b' }));
    const query = { uploadId: UploadId ?? '' };
    await send(server, { method: 'DELETE', path: '/photos/u', query });
    await server.close();
    expect(await bodies()).toHaveLength(1);
    await using again = await start();
    expect((await send(again, { path: '/photos/k' })).body).toBe('two');
    await send(again, { method: 'DELETE', path: '/photos/k' });
    await again.close();
    expect(await bodies()).toEqual([]);
  });

  it('keeps a body while a copy of it is there', async () => {
    await using server = await start();
    await send(server, { method: 'PUT', path: '/photos/a', body: 'shared' });
    const headers = { 'x-amz-copy-source': '/photos/a' };
    await send(server, { method: 'PUT', path: '/photos/b', headers });
    await send(server, { method: 'DELETE', path: '/photos/a' });
    await server.close();
    await using again = await start();
    expect((await send(again, { path: '/photos/b' })).body).toBe('shared');
    await send(again, { method: 'DELETE', path: '/photos/b' });
    await again.close();
    expect(await bodies()).toEqual([]);
  });
});

it('a temporary directory is gone after close', async () => {
  vi.stubEnv('TMPDIR', dataDirectory);
  const server = await startS3Server({ buckets: [Bucket] });
  vi.unstubAllEnvs();
  expect(await readdir(dataDirectory)).toHaveLength(1);
  await send(server, { method: 'PUT', path: '/photos/k', body: 'x' });
  await server.close();
  await server.close();
  expect(await readdir(dataDirectory)).toEqual([]);
});
