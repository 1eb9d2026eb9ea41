import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { failure } from './client.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const running = useServer();
let Bucket: string;
let buckets = 0;

beforeEach(async () => {
  buckets += 1;
  Bucket = `bucket-${buckets}`;
  await running.client.send(new CreateBucketCommand({ Bucket }));
});

const configure = (Status: 'Enabled' | 'Suspended') =>
  running.client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
  );

const put = async (Body: string, Key = 'k', more = {}) =>
  (await running.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId;

const read = async (VersionId?: string, Key = 'k') => {
  const { Body } = await running.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Body?.transformToString();
};

const remove = (VersionId?: string, Key = 'k') =>
  running.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

/** Contents of objects, `marker` for delete markers, the latest in brackets; the newest first. */
async function history(Key = 'k'): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await running.client.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: Key }),
  );
  const body = await send(running.server, {
    path: `/${Bucket}`,
    query: { versions: '', prefix: Key },
  });
  const order = [...body.body.matchAll(/<VersionId>(.*?)<\/VersionId>/g)].map(([, id]) => id);
  const told = new Map<string | undefined, string>();
  for (const { VersionId, IsLatest } of Versions) {
    const content = (await read(VersionId, Key)) ?? '';
    told.set(VersionId, IsLatest ? `[${content}]` : content);
  }
  for (const { VersionId, IsLatest } of DeleteMarkers) {
    told.set(VersionId, IsLatest ? '[marker]' : 'marker');
  }
  return order.map((id) => told.get(id) ?? '?');
}

describe('a bucket without versioning', () => {
  it('tells of none', async () => {
    expect(await put('one')).toBeUndefined();
    const got = await running.client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(got.VersionId).toBeUndefined();
    expect((await remove()).VersionId).toBeUndefined();
    const { Status } = await running.client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(Status).toBeUndefined();
  });

  it('has one version of each object, whose id is null', async () => {
    await put('one');
    await put('two');
    expect(await history()).toEqual(['[two]']);
    expect(await read('null')).toBe('two');
    expect(await remove('null')).toMatchObject({ VersionId: 'null' });
    expect(await history()).toEqual([]);
  });
});

describe('a bucket with versioning', () => {
  beforeEach(() => configure('Enabled'));

  it('says so', async () => {
    const { Status } = await running.client.send(new GetBucketVersioningCommand({ Bucket }));
    expect(Status).toBe('Enabled');
  });

  it('keeps what is overwritten, and serves the newest', async () => {
    const one = await put('one');
    const two = await put('two');
    expect(one).not.toBe(two);
    expect(await history()).toEqual(['[two]', 'one']);
    expect(await read()).toBe('two');
    expect(await read(one)).toBe('one');
    const head = await running.client.send(
      new HeadObjectCommand({ Bucket, Key: 'k', VersionId: one }),
    );
    expect(head).toMatchObject({ VersionId: one, ContentLength: 3 });
    expect(await running.client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).toMatchObject({
      VersionId: two,
    });
  });

  it('keeps what was there before as the version null', async () => {
    Bucket = `${Bucket}-before`;
    await running.client.send(new CreateBucketCommand({ Bucket }));
    await put('before');
    await configure('Enabled');
    await put('after');
    expect(await history()).toEqual(['[after]', 'before']);
    expect(await read('null')).toBe('before');
  });

  it('deletes by a marker, behind which everything is still there', async () => {
    const one = await put('one');
    const deleted = await remove();
    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    await expect(read()).rejects.toMatchObject(failure('NoSuchKey', 404));
    expect(await read(one)).toBe('one');
    expect(await history()).toEqual(['[marker]', 'one']);
    const { Contents } = await running.client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toBeUndefined();
    const answer = await send(running.server, { path: `/${Bucket}/k` });
    expect(answer.headers).toMatchObject({
      'x-amz-delete-marker': 'true',
      'x-amz-version-id': deleted.VersionId,
    });
  });

  it('makes a marker of a DELETE where nothing is', async () => {
    await remove();
    await remove();
    expect(await history()).toEqual(['[marker]', 'marker']);
  });

  it('brings an object back when its marker is deleted', async () => {
    await put('one');
    const { VersionId } = await remove();
    expect(await remove(VersionId)).toMatchObject({ DeleteMarker: true, VersionId });
    expect(await read()).toBe('one');
  });

  it('deletes a version for good, and the one before becomes the latest', async () => {
    const one = await put('one');
    const two = await put('two');
    const deleted = await remove(two);
    expect(deleted).toMatchObject({ VersionId: two });
    expect(deleted.DeleteMarker).toBeUndefined();
    expect(await history()).toEqual(['[one]']);
    await expect(read(two)).rejects.toMatchObject(failure('NoSuchVersion', 404));
    expect(await remove(two)).toMatchObject({ VersionId: two });
    await remove(one);
    expect(await history()).toEqual([]);
  });

  it('serves no delete marker', async () => {
    await put('one');
    const { VersionId } = await remove();
    for (const method of ['GET', 'HEAD']) {
      const query = { versionId: VersionId ?? '' };
      const answer = await send(running.server, { method, path: `/${Bucket}/k`, query });
      expect(answer).toMatchObject({ status: 405 });
      expect(answer.headers).toMatchObject({ 'x-amz-delete-marker': 'true', allow: 'DELETE' });
      expect(answer.headers['last-modified']).toBeDefined();
    }
    const tagging = new GetObjectTaggingCommand({ Bucket, Key: 'k', VersionId });
    await expect(running.client.send(tagging)).rejects.toMatchObject(
      failure('MethodNotAllowed', 405),
    );
  });

  it.each(['', 'x', 'null/..'])('refuses the version id "%s"', async (versionId) => {
    await put('one');
    for (const method of ['GET', 'DELETE']) {
      const answer = await send(running.server, {
        method,
        path: `/${Bucket}/k`,
        query: { versionId },
      });
      expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
    }
    expect(await history()).toEqual(['[one]']);
  });

  it('tags each version on its own', async () => {
    const one = await put('one');
    const two = await put('two', 'k', { Tagging: 'of=two' });
    const Tagging = { TagSet: [{ Key: 'of', Value: 'one' }] };
    const command = new PutObjectTaggingCommand({ Bucket, Key: 'k', VersionId: one, Tagging });
    expect(await running.client.send(command)).toMatchObject({ VersionId: one });
    const tags = async (VersionId?: string) =>
      running.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'k', VersionId }));
    expect(await tags(one)).toMatchObject({ TagSet: [{ Key: 'of', Value: 'one' }] });
    expect(await tags()).toMatchObject({ TagSet: [{ Key: 'of', Value: 'two' }], VersionId: two });
  });

  it('copies an old version, also onto its own key', async () => {
    const one = await put('one');
    await put('two');
    const copy = (Key: string, CopySource: string) =>
      running.client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
    const copied = await copy('k', `${Bucket}/k?versionId=${one}`);
    expect(copied).toMatchObject({ CopySourceVersionId: one, VersionId: expect.any(String) });
    expect(await history()).toEqual(['[one]', 'two', 'one']);
    const { VersionId } = await remove();
    await expect(copy('l', `${Bucket}/k?versionId=${VersionId}`)).rejects.toMatchObject(
      failure('InvalidRequest', 400),
    );
    await expect(copy('l', `${Bucket}/k`)).rejects.toMatchObject(failure('NoSuchKey', 404));
    await expect(copy('l', `${Bucket}/none?versionId=${one}`)).rejects.toMatchObject(
      failure('NoSuchVersion', 404),
    );
  });

  it('makes a version of an upload in parts', async () => {
    await put('one');
    const named = { Bucket, Key: 'k' };
    const { UploadId } = await running.client.send(new CreateMultipartUploadCommand(named));
    const part = { ...named, UploadId, PartNumber: 1, Body: 'parts' };
    const { ETag } = await running.client.send(new UploadPartCommand(part));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const completed = await running.client.send(
      new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }),
    );
    expect(await read(completed.VersionId)).toBe('parts');
    expect(await history()).toEqual(['[parts]', 'one']);
  });

  it('deletes many, by markers and by version', async () => {
    const one = await put('one');
    await put('other', 'other');
    const Objects = [{ Key: 'k', VersionId: one }, { Key: 'other' }, { Key: 'k', VersionId: 'x' }];
    const { Deleted, Errors } = await running.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted).toEqual([
      { Key: 'k', VersionId: one },
      { Key: 'other', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
    ]);
    expect(Errors).toMatchObject([{ Key: 'k', VersionId: 'x', Code: 'InvalidArgument' }]);
    expect(await history('k')).toEqual([]);
    expect(await history('other')).toEqual(['[marker]', 'other']);
    const [, marker] = Deleted ?? [];
    const again = await running.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'other', VersionId: marker?.DeleteMarkerVersionId }] },
      }),
    );
    expect(again.Deleted).toMatchObject([
      { DeleteMarker: true, DeleteMarkerVersionId: marker?.DeleteMarkerVersionId },
    ]);
  });

  it('takes a key behind a marker for free', async () => {
    await put('one');
    await expect(put('two', 'k', { IfNoneMatch: '*' })).rejects.toMatchObject(
      failure('PreconditionFailed', 412),
    );
    await remove();
    await put('two', 'k', { IfNoneMatch: '*' });
    expect(await history()).toEqual(['[two]', 'marker', 'one']);
  });

  it('is not deleted while there is any version', async () => {
    await put('one');
    const marker = await remove();
    const drop = () => running.client.send(new DeleteBucketCommand({ Bucket }));
    await expect(drop()).rejects.toMatchObject(failure('BucketNotEmpty', 409));
    const { Versions } = await running.client.send(new ListObjectVersionsCommand({ Bucket }));
    await remove(Versions?.[0]?.VersionId);
    await expect(drop()).rejects.toMatchObject(failure('BucketNotEmpty', 409));
    await remove(marker.VersionId);
    await drop();
  });

  it('can’t be without versioning again', async () => {
    const path = `/${Bucket}`;
    const query = { versioning: '' };
    const document = (content: string) =>
      `<VersioningConfiguration>${content}</VersioningConfiguration>`;
    const putDocument = (content: string) =>
      send(running.server, { method: 'PUT', path, query, body: document(content) });
    expect(await putDocument('')).toMatchObject({
      status: 400,
      code: 'IllegalVersioningConfigurationException',
    });
    expect(await putDocument('<Status>Off</Status>')).toMatchObject({ code: 'MalformedXML' });
    expect(await putDocument('<MfaDelete>Enabled</MfaDelete>')).toMatchObject({
      code: 'NotImplemented',
    });
    expect(await send(running.server, { method: 'DELETE', path, query })).toMatchObject({
      status: 501,
    });
    expect(await put('one')).toBeDefined();
  });
});

describe('a bucket whose versioning is suspended', () => {
  let kept: string | undefined;
  beforeEach(async () => {
    await configure('Enabled');
    kept = await put('kept');
    await configure('Suspended');
  });

  it('overwrites the version null and no other', async () => {
    expect(await put('one')).toBeUndefined();
    await put('two');
    expect(await history()).toEqual(['[two]', 'kept']);
    expect(await running.client.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).toMatchObject({
      VersionId: 'null',
    });
    expect(await read(kept)).toBe('kept');
  });

  it('deletes by a marker in place of the version null', async () => {
    await put('one');
    expect(await remove()).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    expect(await history()).toEqual(['[marker]', 'kept']);
    await put('two');
    expect(await history()).toEqual(['[two]', 'kept']);
  });

  it('makes the version null the newest, also if it was an old one', async () => {
    await put('one');
    await configure('Enabled');
    await put('two');
    expect(await history()).toEqual(['[two]', 'one', 'kept']);
    await configure('Suspended');
    await put('three');
    expect(await history()).toEqual(['[three]', 'two', 'kept']);
  });
});
