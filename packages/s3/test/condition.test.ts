import { type ETag, readAll } from '@org/storage-core';
import { expect, test } from 'vitest';
import { bytes, checksumsOf, failing, stalling, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const absent = { type: 'absent' } as const;
const match = (etag: ETag) => ({ type: 'match', etag }) as const;

test('a create whose first answer was lost is told as AlreadyExists, for the caller to compare', async () => {
  const storage = setup.storage();
  const key = someKey();
  const content = bytes(100);
  setup.server.faults.add({ type: 'lost-answer', operation: 'PutObject', times: 1 });
  const upload = storage.upload(key, content, { condition: absent });
  await expect(upload).rejects.toMatchObject({ code: 'AlreadyExists', key });
  expect((await storage.stat(key)).checksums).toEqual(checksumsOf(content));
});

test('an upload in parts whose condition does not hold from the start is not sent', async () => {
  const storage = setup.storage();
  const key = someKey();
  const { etag } = await storage.upload(key, 'old');
  const other = match('0'.repeat(32) as ETag);
  const cases = [
    [key, absent, 'AlreadyExists'],
    [key, other, 'PreconditionFailed'],
    [someKey(), match(etag), 'PreconditionFailed'],
  ] as const;
  for (const [name, condition, code] of cases) {
    for (const body of [bytes(6 * MIB), stalling(bytes(6 * MIB)).body]) {
      await expect(storage.upload(name, body, { condition })).rejects.toMatchObject({ code });
    }
  }
  expect(setup.server.requests.count('CreateMultipartUpload')).toBe(0);
});

test('whoever may write but not read can create conditionally in parts', async () => {
  setup.server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'HeadObject' });
  await setup.storage().upload(someKey(), streamed(bytes(6 * MIB)), { condition: absent });
});

test('the last request of an upload in parts carries the condition', async () => {
  const storage = setup.storage();
  const key = someKey();
  let writes = 0;
  /** A body during which somebody else writes the file, after the first part was sent. */
  const overtaken = async function* () {
    yield bytes(6 * MIB);
    yield bytes(1);
    while (setup.server.requests.count('UploadPart') === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await storage.upload(key, `another file ${++writes}`);
  };
  const create = storage.upload(key, overtaken(), { condition: absent });
  await expect(create).rejects.toMatchObject({ code: 'AlreadyExists', key });
  const { etag } = await storage.stat(key);
  setup.server.requests.reset();
  const update = storage.upload(key, overtaken(), { condition: match(etag) });
  await expect(update).rejects.toMatchObject({ code: 'PreconditionFailed', key });
  expect(await readAll((await storage.download(key)).body)).toEqual(Buffer.from('another file 2'));
  const now = await storage.stat(key);
  await storage.upload(key, streamed(bytes(6 * MIB)), { condition: match(now.etag) });
  expect((await storage.stat(key)).size).toBe(6 * MIB);
  expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
});

test('a concurrent change is told as a Conflict that can be tried again', async () => {
  const storage = setup.storage();
  const conflict = { type: 'error', code: 'ConditionalRequestConflict', status: 409 } as const;
  setup.server.faults.add({ ...conflict, operation: 'PutObject' });
  setup.server.faults.add({ ...conflict, operation: 'CompleteMultipartUpload' });
  for (const size of [10, 6 * MIB]) {
    const upload = storage.upload(someKey(), bytes(size), { condition: absent });
    await expect(upload).rejects.toMatchObject({ code: 'Conflict', retryable: true });
  }
});

test('an ETag that would mean something else in a header is refused', async () => {
  for (const server of ['aws', 'ceph'] as const) {
    const storage = setup.storage({ server });
    const key = someKey();
    await storage.upload(key, 'old');
    for (const etag of ['*', 'a b', '"a", "b"', 'ü'] as ETag[]) {
      const update = storage.upload(key, 'new', { condition: match(etag) });
      await expect(update).rejects.toMatchObject({ code: 'InvalidArgument' });
    }
  }
});

test('a server of no known kind is not trusted with conditions until it was probed', async () => {
  const storage = setup.storage({ server: 'generic' });
  const key = someKey();
  const { etag } = await storage.upload(key, 'old');
  const attempts = () => [
    storage.upload(someKey(), 'new', { condition: absent }),
    storage.upload(key, 'new', { condition: match(etag) }),
    storage.delete(key, { condition: match(etag) }),
  ];
  setup.server.requests.reset();
  for (const attempt of attempts()) {
    await expect(attempt).rejects.toMatchObject({ code: 'Unsupported' });
  }
  expect(setup.server.requests.count()).toBe(0);
  await storage.probe();
  await storage.upload(someKey(), 'new', { condition: absent });
  const { etag: next } = await storage.upload(key, 'new', { condition: match(etag) });
  await storage.delete(key, { condition: match(next) });
  expect(await storage.exists(key)).toBe(false);
});

test('a conditional delete of a file that is gone fails, also where the server would not mind', async () => {
  setup.server.faults.add({ type: 'ignore-preconditions' });
  const storage = setup.storage();
  const key = someKey();
  const { etag } = await storage.upload(key, 'old');
  await storage.delete(key);
  const remove = storage.delete(key, { condition: match(etag) });
  await expect(remove).rejects.toMatchObject({ code: 'PreconditionFailed' });
});

// A server with conditions on PutObject but none on CompleteMultipartUpload

test('without conditions on completion, a large stream of known checksums is created by one request', async () => {
  const storage = setup.storage({ server: 'ceph' });
  const key = someKey();
  const content = bytes(16 * MIB);
  const checksums = checksumsOf(content);
  const progress: number[] = [];
  const sent = await storage.upload(key, streamed(content), {
    condition: absent,
    contentLength: content.byteLength,
    checksums,
    onProgress: (n) => progress.push(n),
  });
  expect(sent).toMatchObject({ size: content.byteLength, checksums });
  expect(progress.at(-1)).toBe(content.byteLength);
  expect(setup.server.requests.counts()).toEqual({ PutObject: 1 });
  const { metadata, body } = await storage.download(key);
  expect(metadata.checksums).toEqual(checksums);
  expect((await readAll(body)).equals(content)).toBe(true);
  const again = storage.upload(key, streamed(content), {
    condition: absent,
    contentLength: content.byteLength,
    checksums,
  });
  await expect(again).rejects.toMatchObject({ code: 'AlreadyExists' });
});

test('without conditions on completion, bytes in memory are created by one request', async () => {
  const storage = setup.storage({ server: 'ceph' });
  await storage.upload(someKey(), bytes(16 * MIB), { condition: absent });
  expect(setup.server.requests.counts()).toEqual({ PutObject: 1 });
});

test('without conditions on completion, a large stream of unknown checksums is refused', async () => {
  const storage = setup.storage({ server: 'ceph' });
  const content = bytes(6 * MIB);
  const { crc32, sha256 } = checksumsOf(content);
  const contentLength = content.byteLength;
  for (const options of [{}, { contentLength }, { contentLength, checksums: { crc32 } }]) {
    const upload = storage.upload(someKey(), streamed(content), { ...options, condition: absent });
    await expect(upload).rejects.toMatchObject({ code: 'Unsupported' });
  }
  const upload = storage.upload(someKey(), streamed(bytes(6 * MIB)), {
    condition: absent,
    contentLength: 5 * 1024 ** 3 + 1,
    checksums: { crc32, sha256 },
  });
  await expect(upload).rejects.toMatchObject({ code: 'Unsupported' });
  expect(setup.server.requests.count()).toBe(0);
});

test('a stream that goes by one request stores nothing if it fails, is wrong, or is aborted', async () => {
  const storage = setup.storage({ server: 'ceph' });
  const content = bytes(16 * MIB);
  const other = Buffer.from(content);
  other[other.byteLength - 1] = 1 ^ (other.at(-1) ?? 0);
  const aborting = new AbortController();
  const failure = new Error('the disk broke');
  const cases = [
    [failing(content.subarray(0, 9 * MIB), failure), 'Unknown', undefined],
    [streamed(content.subarray(0, 15 * MIB)), 'ChecksumMismatch', undefined],
    [streamed(other), 'ChecksumMismatch', undefined],
    [stalling(content.subarray(0, 9 * MIB)).body, 'Aborted', aborting.signal],
  ] as const;
  setTimeout(() => aborting.abort(), 300);
  for (const [body, code, signal] of cases) {
    const key = someKey();
    const upload = storage.upload(key, body, {
      condition: absent,
      contentLength: content.byteLength,
      checksums: checksumsOf(content),
      signal,
    });
    await expect(upload).rejects.toMatchObject({ code });
    expect(body.destroyed).toBe(true);
    expect(await storage.exists(key)).toBe(false);
  }
});

test('a stream that goes by one request is not sent a second time', async () => {
  const storage = setup.storage({ server: 'ceph' });
  const content = bytes(8 * MIB);
  setup.server.faults.add({ type: 'reset-request', after: 7 * MIB, operation: 'PutObject' });
  const key = someKey();
  const upload = storage.upload(key, streamed(content), {
    condition: absent,
    contentLength: content.byteLength,
    checksums: checksumsOf(content),
  });
  await expect(upload).rejects.toMatchObject({ code: 'Unavailable' });
  expect(setup.server.requests.last().filter((request) => request.key === key)).toHaveLength(1);
});
