import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { isStorageError, readAll } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();

describe('a copy', () => {
  test('of a file that is overwritten meanwhile fails, whole or in parts', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB });
    for (const size of [10, 11 * MIB]) {
      const [from, to] = [someKey(), someKey()];
      await storage.upload(from, bytes(size));
      const operation = size === 10 ? 'CopyObject' : 'UploadPartCopy';
      const fault = setup.server.faults.add({ type: 'delay', milliseconds: 200, operation });
      const copy = storage.copy(from, to).catch((error: unknown) => error);
      while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await storage.upload(from, 'another');
      const error = await copy;
      expect(isStorageError(error, 'Conflict')).toBe(true);
      expect(await storage.exists(to)).toBe(false);
    }
    expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
  });

  test('in parts that fails or is aborted leaves nothing', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB, maxAttempts: 1 });
    const [from, to] = [someKey(), someKey()];
    await storage.upload(from, bytes(16 * MIB));
    for (const operation of ['UploadPartCopy', 'CompleteMultipartUpload'] as const) {
      setup.server.faults.add({ type: 'error', code: 'InternalError', operation });
      await expect(storage.copy(from, to)).rejects.toMatchObject({ code: 'Unavailable' });
      setup.server.faults.clear();
      const fault = setup.server.faults.add({ type: 'delay', milliseconds: 200, operation });
      const controller = new AbortController();
      const copy = storage.copy(from, to, { signal: controller.signal }).catch((e: unknown) => e);
      while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      expect(isStorageError(await copy, 'Aborted')).toBe(true);
      setup.server.faults.clear();
    }
    expect(await storage.exists(to)).toBe(false);
    expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
  });

  test('in parts of which one fails does not go on with the others', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB, maxAttempts: 1, concurrency: 2 });
    const from = someKey();
    await storage.upload(from, bytes(46 * MIB));
    setup.server.requests.reset();
    setup.server.faults.add({
      type: 'error',
      code: 'InternalError',
      operation: 'UploadPartCopy',
      times: 1,
    });
    await expect(storage.copy(from, someKey())).rejects.toMatchObject({ code: 'Unavailable' });
    expect(setup.server.requests.count('UploadPartCopy')).toBeLessThan(10);
  });

  test('in parts names its source as it is, whatever is in its key', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB });
    const content = bytes(6 * MIB);
    for (const name of ['a%b', 'a%20b', '% + %2B', 'a?versionId=b', 'Ü']) {
      const [from, to] = [someKey(name), someKey()];
      await storage.upload(from, content);
      await storage.copy(from, to);
      expect((await readAll((await storage.download(to)).body)).equals(content)).toBe(true);
    }
  });

  test('in parts of a key with a % is refused where a server is known to take another', async () => {
    const storage = setup.storage({ server: 'ceph', copyThreshold: 5 * MIB });
    const from = someKey('a%b');
    await storage.upload(from, bytes(6 * MIB));
    await expect(storage.copy(from, someKey())).rejects.toMatchObject({ code: 'Unsupported' });
    expect(setup.server.requests.count('UploadPartCopy')).toBe(0);
    await storage.upload(from, 'small');
    await storage.copy(from, someKey());
  });

  test('that answers 200 with an error is a failure', async () => {
    const storage = setup.storage({ maxAttempts: 1 });
    const [from, to] = [someKey(), someKey()];
    await storage.upload(from, 'x');
    const answer = (code: string, body: string) => {
      setup.server.faults.clear();
      setup.server.faults.add({ type: 'error', status: 200, code: body, operation: 'CopyObject' });
      return expect(storage.copy(from, to)).rejects.toMatchObject({ code, key: from });
    };
    await answer('Unavailable', 'InternalError');
    await answer('Throttled', 'SlowDown');
    await answer('AccessDenied', 'AccessDenied');
    setup.server.faults.clear();
    expect(await storage.exists(to)).toBe(false);
  });

  test('whose answer has no result is a failure', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    const mock = mockClient(client);
    mock
      .on(HeadObjectCommand)
      .resolves({ ContentLength: 1, ETag: '"a"', LastModified: new Date() });
    mock.on(CopyObjectCommand).resolves({});
    const storage = new S3StorageProvider({ bucket: 'b', client });
    await expect(storage.copy('a', 'c')).rejects.toMatchObject({ code: 'Unknown', key: 'a' });
  });

  test('tells the version that it has made, also where the server’s answer does not', async () => {
    const head = { ContentLength: 1, LastModified: new Date(), ETag: '"a"', VersionId: 'v1' };
    const answers = [
      [{ ...head, ETag: '"c"', VersionId: 'v2' }, 'v2'],
      [{ ...head, ETag: '"overwritten"', VersionId: 'v3' }, undefined],
      [new Error('gone'), undefined],
    ] as const;
    for (const [made, versionId] of answers) {
      const client = new S3Client({ region: 'us-east-1' });
      const mock = mockClient(client);
      mock.on(CopyObjectCommand).resolves({
        CopyObjectResult: { ETag: '"c"', LastModified: new Date() },
      });
      const heads = mock.on(HeadObjectCommand).resolvesOnce(head);
      if (made instanceof Error) heads.rejectsOnce(made);
      else heads.resolvesOnce(made);
      const storage = new S3StorageProvider({ bucket: 'b', client });
      expect((await storage.copy('a', 'c')).versionId).toBe(versionId);
    }
  });

  test('onto itself changes nothing', async () => {
    const storage = setup.storage();
    const key = someKey();
    const { etag } = await storage.upload(key, 'x', { metadata: { a: 'b' } });
    expect(await storage.copy(key, key)).toMatchObject({ etag, metadata: { a: 'b' } });
    expect(await storage.move(key, key)).toMatchObject({ etag });
    expect(await storage.exists(key)).toBe(true);
  });

  test('of a missing file is NotFound', async () => {
    await expect(setup.storage().copy(someKey(), 'b')).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('a bulk delete', () => {
  test('takes 1,000 keys a request', async () => {
    const storage = setup.storage();
    const folder = someKey('');
    const keys = Array.from({ length: 2_001 }, (_, i) => `${folder}${i}`);
    await storage.upload(`${folder}7`, 'x');
    const { deleted, failed } = await storage.deleteMany(keys);
    expect(new Set(deleted)).toEqual(new Set(keys));
    expect(failed).toEqual([]);
    expect(setup.server.requests.count('DeleteObjects')).toBe(3);
    expect(await storage.exists(`${folder}7`)).toBe(false);
  });

  test('tells of each key of a request that failed', async () => {
    const storage = setup.storage({ maxAttempts: 1 });
    const fault = { type: 'error', code: 'InternalError', operation: 'DeleteObjects' } as const;
    setup.server.faults.add({ ...fault, from: 2, times: 1 });
    const keys = Array.from({ length: 3_000 }, (_, i) => `bulk/${i}`);
    const { deleted, failed } = await storage.deleteMany(keys);
    expect(deleted).toHaveLength(2_000);
    expect(failed).toHaveLength(1_000);
    for (const { key, error } of failed) {
      expect(error).toMatchObject({ code: 'Unavailable', key, operation: 'deleteMany' });
    }
    expect(new Set([...deleted, ...failed.map(({ key }) => key)])).toEqual(new Set(keys));
  });

  test('tells of a key that the answer does not mention', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    mockClient(client)
      .on(DeleteObjectsCommand)
      .resolves({
        Deleted: [{ Key: 'a' }, { Key: 'never asked for' }],
        Errors: [{ Key: 'b', Code: 'AccessDenied', Message: 'no' }],
      });
    const storage = new S3StorageProvider({ bucket: 'b', client });
    const { deleted, failed } = await storage.deleteMany(['a', 'b', 'c']);
    expect(deleted).toEqual(['a']);
    expect(failed).toMatchObject([
      { key: 'b', error: { code: 'AccessDenied', key: 'b', operation: 'deleteMany' } },
      { key: 'c', error: { code: 'Unknown', key: 'c', operation: 'deleteMany' } },
    ]);
  });

  test('does not count what the answer has as deleted and as failed, or not at all', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    const mock = mockClient(client).on(DeleteObjectsCommand);
    const storage = new S3StorageProvider({ bucket: 'b', client });
    mock.resolves({
      Deleted: [{ Key: 'a' }, { Key: 'b' }, { Key: 'b' }],
      Errors: [{ Key: 'a', Code: 'InternalError' }, { Code: 'AccessDenied' }],
    });
    const { deleted, failed } = await storage.deleteMany(['a', 'b']);
    expect(deleted).toEqual(['b']);
    expect(failed).toMatchObject([{ key: 'a', error: { code: 'Unavailable' } }]);
    mock.resolves({}); // as if it had been asked to be quiet
    const quiet = await storage.deleteMany(['a', 'b']);
    expect(quiet.deleted).toEqual([]);
    expect(quiet.failed).toMatchObject([
      { key: 'a', error: { code: 'Unknown' } },
      { key: 'b', error: { code: 'Unknown' } },
    ]);
  });

  test('whose request fails without an answer tells of each of its keys', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    mockClient(client)
      .on(DeleteObjectsCommand)
      .rejects(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    const storage = new S3StorageProvider({ bucket: 'b', client });
    const keys = Array.from({ length: 1_500 }, (_, i) => `k${i}`);
    const { deleted, failed } = await storage.deleteMany(keys);
    expect(deleted).toEqual([]);
    expect(new Set(failed.map(({ key }) => key))).toEqual(new Set(keys));
    for (const { error } of failed) expect(error.code).toBe('Unavailable');
  });

  test('does it one by one where the server has no bulk request', async () => {
    const storage = setup.storage({ server: 'generic' });
    const keys = [someKey(), someKey()];
    for (const key of keys) await storage.upload(key, 'x');
    const { deleted } = await storage.deleteMany([...keys, ...keys]);
    expect(new Set(deleted)).toEqual(new Set(keys));
    expect(setup.server.requests.count('DeleteObjects')).toBe(0);
    for (const key of keys) expect(await storage.exists(key)).toBe(false);
  });
});

describe('below a prefix', () => {
  test('keys are told without it, and other files are not seen', async () => {
    const all = setup.storage();
    const storage = setup.storage({ prefix: 'below/it' });
    await all.upload('below/it is not', 'x');
    const sent = await storage.upload('a/b', 'y');
    expect(sent.key).toBe('a/b');
    expect((await storage.stat('a/b')).key).toBe('a/b');
    expect(await readAll((await all.download('below/it/a/b')).body)).toEqual(Buffer.from('y'));
    const keys: string[] = [];
    for await (const entry of storage.list()) {
      if (entry.type === 'file') keys.push(entry.key);
    }
    expect(keys).toEqual(['a/b']);
    await expect(storage.stat('missing')).rejects.toMatchObject({ key: 'missing' });
  });

  test('a key that gets too long with it is refused, also in bulk', async () => {
    const storage = setup.storage({ prefix: 'p'.repeat(20) });
    const key = 'x'.repeat(1010);
    await expect(storage.upload(key, 'x')).rejects.toMatchObject({ code: 'InvalidKey', key });
    const { deleted, failed } = await storage.deleteMany([key, 'a']);
    expect(deleted).toEqual(['a']);
    expect(failed).toMatchObject([{ key, error: { code: 'InvalidKey' } }]);
  });
});

describe('unfinished uploads', () => {
  test('are listed over several pages and aborted, twice without harm', async () => {
    const { endpoint, region, credentials } = setup.server;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const names = ['a', 'a', 'a b+c%20', 'tab\tx', 'Ü/日本', 'z'];
    for (const name of names) {
      const command = { Bucket: setup.bucket, Key: `unfinished/${name}` };
      await client.send(new CreateMultipartUploadCommand(command));
    }
    client.middlewareStack.add(
      (next) => (args) => next({ ...args, input: Object.assign(args.input, { MaxUploads: 1 }) }),
      { step: 'initialize' },
    );
    const storage = new S3StorageProvider({
      bucket: setup.bucket,
      client,
      prefix: 'unfinished',
      server: 'aws',
    });
    const listed = async (prefix?: string) => {
      const found: { key: string; uploadId: string }[] = [];
      const options = prefix === undefined ? {} : { prefix };
      for await (const upload of storage.multipart.list(options)) {
        expect(upload.initiated).toBeInstanceOf(Date);
        found.push(upload);
      }
      return found;
    };
    const uploads = await listed();
    expect(uploads.map(({ key }) => key)).toEqual([...names.slice(0, 4), 'z', 'Ü/日本']);
    expect(new Set(uploads.map(({ uploadId }) => uploadId)).size).toBe(names.length);
    expect((await listed('Ü')).map(({ key }) => key)).toEqual(['Ü/日本']);
    for (const { key, uploadId } of [...uploads, ...uploads]) {
      await storage.multipart.abort(key, uploadId);
    }
    expect(await listed()).toEqual([]);
    client.destroy();
  });

  test('of a server that says that it goes on but not from where are an error', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    mockClient(client).on(ListMultipartUploadsCommand).resolves({ IsTruncated: true });
    const storage = new S3StorageProvider({ bucket: 'b', client });
    const listing = async () => {
      for await (const _ of storage.multipart.list()) expect.unreachable();
    };
    await expect(listing()).rejects.toMatchObject({
      code: 'Unavailable',
      operation: 'listUploads',
    });
  });

  test('of a server that goes on from where it was before are an error, too', async () => {
    const client = new S3Client({ region: 'us-east-1' });
    mockClient(client)
      .on(ListMultipartUploadsCommand)
      .resolves({ IsTruncated: true, NextKeyMarker: 'a', NextUploadIdMarker: 'b' });
    const storage = new S3StorageProvider({ bucket: 'b', client });
    const listing = async () => {
      for await (const _ of storage.multipart.list()) expect.unreachable();
    };
    await expect(listing()).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('in a bucket that does not exist are an error', async () => {
    const storage = setup.storage({ bucket: 'missing' });
    const listing = async () => {
      for await (const _ of storage.multipart.list()) expect.unreachable();
    };
    await expect(listing()).rejects.toMatchObject({ code: 'NotFound' });
    const abort = storage.multipart.abort('a', 'b');
    await expect(abort).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('options', () => {
  const base = { bucket: 'b', region: 'us-east-1' };

  test('that make no sense are refused', () => {
    const wrong = [
      { ...base, bucket: '' },
      { ...base, partSize: 5 * MIB - 1 },
      { ...base, partSize: 5 * 1024 ** 3 + 1 },
      { ...base, partSize: 6.5 * MIB + 0.5 },
      { ...base, concurrency: 0 },
      { ...base, concurrency: 1.5 },
      { ...base, maxSockets: 3 },
      { ...base, multipartThreshold: 5 * MIB },
      { ...base, copyThreshold: 5 * 1024 ** 3 + 1 },
      { ...base, endpoint: 'localhost:9000' },
      { ...base, prefix: '/a' },
      { ...base, prefix: 'a//b' },
      { ...base, prefix: '..' },
    ];
    for (const options of wrong) {
      expect(() => new S3StorageProvider(options)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    }
  });

  test('give the kind of server by the endpoint, where nothing else is said', () => {
    const kinds = [
      [undefined, 'native', 'native'],
      ['https://s3.eu-west-1.amazonaws.com', 'native', 'native'],
      ['https://abc.r2.cloudflarestorage.com', 'native', 'absent'],
      ['https://amazonaws.com.example.org', 'absent', 'absent'],
      ['http://localhost:9000', 'absent', 'absent'],
    ] as const;
    for (const [endpoint, conditionalCreate, conditionalDelete] of kinds) {
      const storage = new S3StorageProvider({ ...base, endpoint });
      expect(storage.capabilities).toMatchObject({ conditionalCreate, conditionalDelete });
    }
  });

  test('correct what is known of the server', () => {
    const storage = new S3StorageProvider({
      ...base,
      server: 'ceph',
      capabilities: { conditionalDelete: 'native' },
    });
    expect(storage.capabilities).toMatchObject({
      conditionalCreate: 'native',
      conditionalCreateInParts: 'absent',
      conditionalDelete: 'native',
      conditionalCopyCreate: 'absent',
    });
  });

  test('are not changed', async () => {
    const options = Object.freeze({ contentType: 'a/b', metadata: Object.freeze({ a: 'ü' }) });
    const storage = setup.storage({ capabilities: Object.freeze({}) });
    await storage.upload(someKey(), streamed(bytes(6 * MIB)), options);
    expect(options).toEqual({ contentType: 'a/b', metadata: { a: 'ü' } });
  });

  test('a name of one’s own is in errors', async () => {
    const storage = setup.storage({ name: 'archive' });
    expect(storage.name).toBe('archive');
    await expect(storage.stat(someKey())).rejects.toMatchObject({ provider: 'archive' });
  });
});
