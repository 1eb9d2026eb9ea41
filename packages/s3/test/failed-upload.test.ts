import { type Body, isStorageError, readAll, StorageError } from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import type { Fault } from '@org/storage-testkit/s3-server';
import { afterEach, describe, expect, test } from 'vitest';
import { bytes, checksumsOf, failing, stalling, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();

afterEach(() => {
  expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
});

/** Runs an upload over an old file, which has to fail and to leave it. */
async function failedUpload(
  storage: S3StorageProvider,
  run: (key: string) => Promise<unknown>,
): Promise<StorageError> {
  const key = someKey();
  const before = await storage.upload(key, 'the old file');
  const error: unknown = await run(key).then(
    () => expect.unreachable('the upload succeeded'),
    (reason: unknown) => reason,
  );
  setup.server.faults.clear();
  expect(await storage.stat(key)).toMatchObject({ etag: before.etag, size: 12 });
  if (!isStorageError(error)) throw error;
  return error;
}

const sizes = { 'of one request': 2 * MIB, 'in parts': 11 * MIB };

for (const [what, size] of Object.entries(sizes)) {
  describe(`an upload ${what}`, () => {
    test('whose body fails rejects with the body’s error', async () => {
      const storage = setup.storage();
      const conflict = new StorageError('Conflict', 'the file was written to meanwhile');
      const error = await failedUpload(storage, (key) =>
        storage.upload(key, failing(bytes(size), conflict)),
      );
      expect(error).toMatchObject({ code: 'Conflict', retryable: true, cause: conflict });
    });

    test('whose body fails with an error of another kind tells that it was the body', async () => {
      const storage = setup.storage();
      const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      const error = await failedUpload(storage, (key) =>
        storage.upload(key, failing(bytes(size), reset)),
      );
      expect(error).toMatchObject({ code: 'Unknown', cause: reset });
      expect(error.message).toContain('the body');
    });

    const wrong: Record<string, object> = {
      'a longer body than announced': { contentLength: size - 1 },
      'a shorter body than announced': { contentLength: size + 1 },
      'another CRC-32': { checksums: { crc32: '00000000' } },
      'another SHA-256': { checksums: { sha256: '0'.repeat(64) } },
      'another CRC-64/NVME': { checksums: { crc64nvme: '0'.repeat(16) } },
    };
    for (const [mistake, options] of Object.entries(wrong)) {
      test(`with ${mistake} is refused before anything is visible`, async () => {
        const storage = setup.storage();
        const forms: readonly ((content: Buffer) => Body)[] = [(content) => content, streamed];
        for (const form of forms) {
          setup.server.requests.reset();
          const error = await failedUpload(storage, (key) =>
            storage.upload(key, form(bytes(size)), options),
          );
          expect(error.code).toBe('ChecksumMismatch');
          expect(setup.server.requests.count('PutObject')).toBe(1); // of the old file
          expect(setup.server.requests.count('CompleteMultipartUpload')).toBe(0);
        }
      });
    }

    test('that is aborted before it begins sends nothing', async () => {
      const storage = setup.storage();
      const body = streamed(bytes(size));
      const error = await failedUpload(storage, (key) => {
        setup.server.requests.reset();
        return storage.upload(key, body, { signal: AbortSignal.abort() });
      });
      expect(error.code).toBe('Aborted');
      expect(setup.server.requests.count('PutObject')).toBe(0);
      expect(body.destroyed).toBe(true);
    });

    test('that is aborted while its body is awaited ends at once', async () => {
      const storage = setup.storage();
      const { body, drained } = stalling(bytes(size));
      const controller = new AbortController();
      const error = await failedUpload(storage, async (key) => {
        const upload = storage.upload(key, body, { signal: controller.signal });
        await drained;
        controller.abort();
        return upload;
      });
      expect(error.code).toBe('Aborted');
      expect(body.destroyed).toBe(true);
    });

    test('whose body can’t be told to stop ends at once all the same', async () => {
      const storage = setup.storage();
      const controller = new AbortController();
      const error = await failedUpload(storage, (key) => {
        const body = (async function* () {
          yield bytes(size);
          controller.abort();
          await new Promise(() => {});
        })();
        return storage.upload(key, body, { signal: controller.signal });
      });
      expect(error.code).toBe('Aborted');
    });
  });
}

describe('an upload in parts that is aborted', () => {
  const phases = {
    'while it is created': 'CreateMultipartUpload',
    'while parts are sent': 'UploadPart',
    'while it is completed': 'CompleteMultipartUpload',
  } as const;
  for (const [phase, operation] of Object.entries(phases)) {
    test(`${phase} leaves the old file and no parts`, async () => {
      const storage = setup.storage();
      const controller = new AbortController();
      const body = streamed(bytes(16 * MIB));
      const error = await failedUpload(storage, async (key) => {
        const fault = setup.server.faults.add({ type: 'delay', milliseconds: 500, operation });
        const upload = storage.upload(key, body, { signal: controller.signal });
        const outcome = upload.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        controller.abort();
        throw await outcome;
      });
      expect(error.code).toBe('Aborted');
      expect(body.destroyed).toBe(true);
      // What the server did not notice in time has nothing left to act on.
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
    });
  }

  test('by a time limit tells so', async () => {
    const storage = setup.storage();
    const { body } = stalling(bytes(11 * MIB));
    const error = await failedUpload(storage, (key) =>
      storage.upload(key, body, { signal: AbortSignal.timeout(300) }),
    );
    expect(error.code).toBe('Timeout');
  });
});

describe('an upload in parts', () => {
  const broken: Record<string, { fault: Fault; code: string }> = {
    'can’t be created': {
      fault: { type: 'error', code: 'AccessDenied', operation: 'CreateMultipartUpload' },
      code: 'AccessDenied',
    },
    'loses a part': {
      fault: { type: 'error', code: 'AccessDenied', operation: 'UploadPart', from: 2 },
      code: 'AccessDenied',
    },
    'has no more room': {
      fault: { type: 'disk-full', after: MIB, operation: 'UploadPart' },
      code: 'Unavailable',
    },
    'can’t be completed': {
      fault: { type: 'error', code: 'AccessDenied', operation: 'CompleteMultipartUpload' },
      code: 'AccessDenied',
    },
  };
  for (const [what, { fault, code }] of Object.entries(broken)) {
    test(`that ${what} leaves the old file and no parts, and does not read on`, async () => {
      const storage = setup.storage({ maxAttempts: 1 });
      let read = 0;
      const endless = async function* () {
        for (; read < 400 * MIB; read += MIB) yield bytes(MIB);
      };
      const body = what === 'can’t be completed' ? streamed(bytes(11 * MIB)) : endless();
      const error = await failedUpload(storage, (key) => {
        setup.server.faults.add(fault);
        return storage.upload(key, body);
      });
      expect(error.code).toBe(code);
      expect(read).toBeLessThan(100 * MIB);
    });
  }

  test('gets over a server that fails now and then', async () => {
    const { faults } = setup.server;
    faults.add({ type: 'error', code: 'InternalError', operation: 'UploadPart', times: 2 });
    faults.add({ type: 'reset-request', after: MIB, operation: 'UploadPart', from: 2, times: 2 });
    faults.add({ type: 'error', code: 'SlowDown', operation: 'CreateMultipartUpload', times: 1 });
    faults.add({
      type: 'error',
      code: 'InternalError',
      operation: 'CompleteMultipartUpload',
      times: 1,
    });
    const storage = setup.storage({ maxAttempts: 6 });
    const content = bytes(21 * MIB);
    const key = someKey();
    await storage.upload(key, streamed(content));
    expect((await readAll((await storage.download(key)).body)).equals(content)).toBe(true);
  });

  const complete = 'CompleteMultipartUpload';
  const lost: Record<string, readonly Fault[]> = {
    'and whose upload is gone then': [{ type: 'lost-answer', operation: complete, times: 1 }],
    'where the server fails for an upload that is gone': [
      { type: 'lost-answer', operation: complete, times: 1 },
      { type: 'error', code: 'InternalError', operation: complete, from: 2 },
    ],
    'at the last attempt': [{ type: 'lost-answer', operation: complete }],
  };
  for (const [how, faults] of Object.entries(lost)) {
    test(`whose completion was answered into the void, ${how}, is found to be complete`, async () => {
      const storage = setup.storage();
      const key = someKey();
      for (const fault of faults) setup.server.faults.add(fault);
      const content = bytes(6 * MIB);
      const options = { contentType: 'x/y', metadata: { a: 'ü' } };
      const file = await storage.upload(key, streamed(content), options);
      const found = await storage.stat(key);
      expect(file).toMatchObject({ etag: found.etag, size: content.byteLength, ...options });
      expect(found.checksums.crc32).toBe(checksumsOf(content).crc32);
    });
  }

  const others: Record<string, (storage: S3StorageProvider, key: string) => Promise<unknown>> = {
    'other content': (storage, key) => storage.upload(key, streamed(bytes(7 * MIB))),
    'the same content under other headers': (storage, key) =>
      storage.upload(key, streamed(bytes(6 * MIB)), { contentType: 'x/other' }),
    'no file': async () => {},
  };
  for (const [what, prepare] of Object.entries(others)) {
    test(`that was aborted from elsewhere is not taken for complete, where there is ${what}`, async () => {
      const storage = setup.storage();
      const key = someKey();
      await prepare(storage, key);
      setup.server.faults.add({ type: 'error', code: 'NoSuchUpload', operation: complete });
      const upload = storage.upload(key, streamed(bytes(6 * MIB)));
      await expect(upload).rejects.toMatchObject({ code: 'Conflict', retryable: true });
    });
  }

  test('with a condition, whose completion was answered into the void, ends in Conflict', async () => {
    const storage = setup.storage();
    const key = someKey();
    setup.server.faults.add({ type: 'lost-answer', operation: complete, times: 1 });
    const condition = { type: 'absent' } as const;
    const upload = storage.upload(key, streamed(bytes(6 * MIB)), { condition });
    await expect(upload).rejects.toMatchObject({ code: 'Conflict' });
    expect(await storage.exists(key)).toBe(true);
  });

  test('that loses a part while its body is awaited ends at once', async () => {
    const storage = setup.storage({ maxAttempts: 1 });
    const { body } = stalling(bytes(11 * MIB));
    const error = await failedUpload(storage, (key) => {
      setup.server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'UploadPart' });
      return storage.upload(key, body);
    });
    expect(error.code).toBe('AccessDenied');
    expect(body.destroyed).toBe(true);
  });
});
