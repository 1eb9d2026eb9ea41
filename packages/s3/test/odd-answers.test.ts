import { createServer, type IncomingMessage, type Server } from 'node:http';
import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { isStorageError, readAll } from '@org/storage-core';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, test } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server that answers as it is told, and a provider over it; `asked` are the requests so far. */
async function scripted(
  answer: (request: string, nth: number) => Answer,
  options: Partial<S3StorageOptions> = {},
) {
  const asked: string[] = [];
  const server: Server = createServer(async (message, response) => {
    await readAll(message);
    const request = nameOf(message);
    asked.push(request);
    const nth = asked.filter((other) => other === request).length;
    const { status = 200, headers = {}, body = '' } = answer(request, nth);
    response.writeHead(status, headers).end(message.method === 'HEAD' ? '' : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const storage = setup.storage({ ...options, endpoint: `http://127.0.0.1:${port}` });
  ends.push(async () => {
    await storage.close();
    await new Promise((resolve) => server.close(resolve));
  });
  return { storage, asked };
}

function nameOf({ method, url = '', headers }: IncomingMessage): string {
  const { searchParams } = new URL(url, 'http://x');
  if (headers['x-amz-copy-source'] !== undefined) return 'copy';
  if (searchParams.has('list-type')) return 'list';
  if (searchParams.has('uploads')) return 'create';
  if (searchParams.has('partNumber')) return 'part';
  if (!searchParams.has('uploadId')) return `${method}`;
  return { POST: 'complete', GET: 'listParts', DELETE: 'abort' }[`${method}`] ?? 'unknown';
}

const xml = (text: string) => `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
const failed = xml('<Error><Code>InternalError</Code><Message>Try again</Message></Error>');
const object = {
  etag: '"0123456789abcdef0123456789abcdef"',
  'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT',
};

/** What a multipart upload is answered, but for its end. */
function partly(request: string): Answer {
  switch (request) {
    case 'create':
      return {
        body: xml(
          '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
        ),
      };
    case 'part':
      return { headers: { etag: '"0123456789abcdef0123456789abcdef"' } };
    case 'listParts':
      return { body: xml('<ListPartsResult><UploadId>u</UploadId></ListPartsResult>') };
    case 'abort':
      return { status: 204 };
    default:
      throw new Error(`unexpected: ${request}`);
  }
}

describe('a server that asks to be left alone', () => {
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT';
  test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ['for seconds', { 'retry-after': '7' }, 7_000],
    [
      'until a date, by its own clock',
      { date, 'retry-after': 'Sun, 22 Nov 2026 10:00:07 GMT' },
      7_000,
    ],
    ['until a date that has passed', { date, 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' }, 0],
    ['in some other way', { 'retry-after': 'a while' }, undefined],
    ['without more', {}, undefined],
  ])('%s', async (_, headers, retryAfter) => {
    const { storage } = await scripted(() => ({ status: 503, headers }), { maxAttempts: 1 });
    const error: unknown = await storage.stat('a').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'Throttled', retryable: true });
    expect(isStorageError(error) && error.retryAfter).toBe(retryAfter);
  });
});

describe('an answer of 200 that carries an error', () => {
  test('is a failure of the completion, and nothing is left', async () => {
    const { storage, asked } = await scripted((request) =>
      request === 'complete' ? { body: failed } : partly(request),
    );
    const upload = storage.upload('a', streamed(bytes(6 * MIB)));
    await expect(upload).rejects.toMatchObject({ code: 'Unavailable', retryable: true });
    expect(asked.filter((request) => request === 'complete')).toHaveLength(3);
    expect(asked.at(-1)).toBe('abort');
  });

  test('is followed by another attempt to complete', async () => {
    const done = xml(
      '<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>',
    );
    const { storage } = await scripted((request, nth) => {
      if (request !== 'complete') return partly(request);
      return { body: nth === 1 ? failed : done };
    });
    expect((await storage.upload('a', streamed(bytes(6 * MIB)))).etag).toBe('x-2');
  });

  test('is a failure of a copy', async () => {
    const { storage, asked } = await scripted((request) =>
      request === 'copy' ? { body: failed } : { headers: { ...object, 'content-length': '3' } },
    );
    const copy = storage.copy('a', 'b');
    await expect(copy).rejects.toMatchObject({ code: 'Unavailable', retryable: true });
    expect(asked.filter((request) => request === 'copy')).toHaveLength(3);
  });
});

describe('an answer that can’t be read', () => {
  const answers: Record<string, string> = {
    'that is cut off': xml('<ListBucketResult><Contents><Key>a</Key>'),
    'that is a page of a proxy': '<html><body>Welcome</body></html>',
    'that is empty': '',
  };
  for (const [what, body] of Object.entries(answers)) {
    test(`is no empty listing: one ${what}`, async () => {
      const { storage } = await scripted(() => ({ body }));
      const error = await readAll(entries(storage)).catch((reason: unknown) => reason);
      expect(isStorageError(error)).toBe(true);
      expect(error).toMatchObject({ operation: 'list' });
    });
  }

  test('is no stored file: one without an ETag', async () => {
    const { storage } = await scripted(() => ({}));
    await expect(storage.upload('a', 'x')).rejects.toMatchObject({ code: 'Unknown' });
    await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Unknown' });
  });

  test('is no body: one for another range than was asked for', async () => {
    const { storage } = await scripted(() => ({
      status: 206,
      headers: { ...object, 'content-length': '3', 'content-range': 'bytes 7-9/20' },
      body: 'abc',
    }));
    const download = storage.download('a', { range: { start: 5, end: 9 } });
    await expect(download).rejects.toMatchObject({ code: 'Unsupported' });
  });
});

async function* entries(storage: S3StorageProvider): AsyncGenerator<Uint8Array> {
  for await (const entry of storage.list()) yield Buffer.from(JSON.stringify(entry));
}

describe('a server that says 503', () => {
  test('is asked so often and no more, and the failure says Throttled', async () => {
    const storage = setup.storage({ maxAttempts: 2, concurrency: 2 });
    setup.server.faults.add({ type: 'error', code: 'SlowDown' });
    const runs: Record<string, readonly [() => Promise<unknown>, number]> = {
      'a small upload': [() => storage.upload(someKey(), 'x'), 2],
      'a large upload': [() => storage.upload(someKey(), bytes(11 * MIB)), 2],
      'a download': [() => storage.download(someKey()), 2],
      'a look': [() => storage.stat(someKey()), 2],
      'a listing': [() => readAll(entries(storage)), 2],
      'a removal': [() => storage.delete(someKey()), 2],
    };
    for (const [what, [run, requests]] of Object.entries(runs)) {
      setup.server.requests.reset();
      await expect(run(), what).rejects.toMatchObject({ code: 'Throttled', retryable: true });
      expect(setup.server.requests.count(), what).toBe(requests);
    }
  });

  test('in the middle of an upload in parts leaves nothing', async () => {
    const storage = setup.storage({ maxAttempts: 2, concurrency: 2 });
    const key = someKey();
    setup.server.faults.add({ type: 'error', code: 'SlowDown', operation: 'UploadPart', from: 2 });
    const upload = storage.upload(key, streamed(bytes(31 * MIB)));
    await expect(upload).rejects.toMatchObject({ code: 'Throttled' });
    expect(setup.server.requests.count('UploadPart')).toBeLessThanOrEqual(5);
    expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
  });

  test('in the middle of a listing does not end it as if it were whole', async () => {
    const page = (key: string, more: string) =>
      xml(
        `<ListBucketResult><Name>b</Name>${more}<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-11-22T10:00:00Z</LastModified></Contents></ListBucketResult>`,
      );
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>';
    const { storage } = await scripted((_, nth) =>
      nth === 1
        ? { body: page('a', more) }
        : { status: 503, body: '<html>Service Unavailable</html>' },
    );
    const keys: string[] = [];
    const listing = async () => {
      for await (const entry of storage.list()) keys.push(entry.type === 'file' ? entry.key : '');
    };
    await expect(listing()).rejects.toMatchObject({ code: 'Throttled', operation: 'list' });
    expect(keys).toEqual(['a']);
  });
});

describe('a listing that goes on, the server does not say where', () => {
  const client = new S3Client({ region: 'us-east-1' });
  const mock = mockClient(client);
  const storage = new S3StorageProvider({ bucket: 'b', client });

  test('is an error, not a shorter listing', async () => {
    mock.on(ListObjectsV2Command).resolves({ IsTruncated: true });
    mock.on(ListMultipartUploadsCommand).resolves({ IsTruncated: true });
    mock.on(ListPartsCommand).resolves({ IsTruncated: true, NextPartNumberMarker: '' });
    const { multipart } = storage;
    for (const listing of [
      storage.list(),
      multipart.list(),
      multipart.listParts('a', 'u'),
    ] as AsyncIterable<unknown>[]) {
      const reading = listing[Symbol.asyncIterator]().next();
      await expect(reading).rejects.toMatchObject({ code: 'Unavailable' });
    }
    const sweep = multipart.sweep({ initiatedBefore: new Date() });
    await expect(sweep).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('is an error where its marker stays the same, not a listing without end', async () => {
    mock.on(ListPartsCommand).resolves({ IsTruncated: true, NextPartNumberMarker: '7' });
    const parts = storage.multipart.listParts('a', 'u')[Symbol.asyncIterator]();
    await expect(parts.next()).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
