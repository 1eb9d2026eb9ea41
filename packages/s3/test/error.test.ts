import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { StorageError, StorageErrorCode } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { s3Error } from '../src/s3-error.js';
import { bytes, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();

const context = {
  operation: 'upload',
  provider: 's3',
  key: 'a/b',
  bucket: 'pictures',
  endpoint: 'http://localhost:9000',
};

function answered(name: string, status: number, more: object = {}): S3ServiceException {
  const error = new S3ServiceException({
    name,
    message: 'what the server said',
    $fault: 'client',
    $metadata: { httpStatusCode: status, requestId: 'R1' },
  });
  return Object.assign(error, more);
}

describe('an answer of the server', () => {
  const codes: readonly (readonly [string, number, StorageErrorCode, RegExp])[] = [
    ['NoSuchBucket', 404, 'NotFound', /bucket pictures does not exist/],
    ['NoSuchKey', 404, 'NotFound', /no file a\/b in bucket pictures/],
    ['NotFound', 404, 'NotFound', /no file/],
    ['AccessControlListNotSupported', 400, 'Unsupported', /leave the option acl out/],
    ['KMS.DisabledException', 400, 'AccessDenied', /key of KMS/],
    ['InternalError', 200, 'Unavailable', /status 200/],
    ['NoSuchUpload', 404, 'Conflict', /gone/],
    ['AccessDenied', 403, 'AccessDenied', /do not allow upload in bucket pictures/],
    ['Forbidden', 403, 'AccessDenied', /do not allow/],
    ['InvalidAccessKeyId', 403, 'AccessDenied', /access key id/],
    ['SignatureDoesNotMatch', 403, 'AccessDenied', /secret access key is wrong/],
    ['ExpiredToken', 400, 'AccessDenied', /expired/],
    ['RequestTimeTooSkewed', 403, 'AccessDenied', /clocks/],
    ['PreconditionFailed', 412, 'PreconditionFailed', /has changed/],
    ['UnknownError', 412, 'PreconditionFailed', /has changed/],
    ['ConditionalRequestConflict', 409, 'Conflict', /try again/],
    ['SomethingElse', 409, 'Conflict', /try again/],
    ['SlowDown', 503, 'Throttled', /slow down/],
    ['RequestLimitExceeded', 400, 'Throttled', /slow down/],
    ['UnknownError', 429, 'Throttled', /slow down/],
    ['ServiceUnavailable', 503, 'Throttled', /slow down/],
    ['InternalError', 500, 'Unavailable', /status 500/],
    ['UnknownError', 502, 'Unavailable', /status 502/],
    ['UnknownError', 504, 'Timeout', /in time/],
    ['RequestTimeout', 400, 'Timeout', /waited too long/],
    ['EntityTooLarge', 400, 'TooLarge', /too large/],
    ['UnknownError', 413, 'TooLarge', /too large/],
    ['BadDigest', 400, 'ChecksumMismatch', /other bytes/],
    ['InvalidDigest', 400, 'ChecksumMismatch', /other bytes/],
    ['XAmzContentSHA256Mismatch', 400, 'ChecksumMismatch', /other bytes/],
    ['QuotaExceeded', 403, 'QuotaExceeded', /no more room/],
    ['UnknownError', 507, 'QuotaExceeded', /no more room/],
    ['NotImplemented', 501, 'Unsupported', /can’t do it/],
    ['KeyTooLongError', 400, 'InvalidKey', /refuses the key/],
    ['InvalidRange', 416, 'InvalidRange', /no byte/],
    ['UnknownError', 416, 'InvalidRange', /no byte/],
    ['InvalidBucketName', 400, 'InvalidArgument', /"pictures"/],
    ['SomethingNew', 400, 'Unknown', /SomethingNew: what the server said/],
  ];
  for (const [name, status, code, message] of codes) {
    test(`${status} ${name} is ${code}`, () => {
      const error = s3Error(answered(name, status), context);
      expect(error).toMatchObject({ code, operation: 'upload', provider: 's3', key: 'a/b' });
      expect(error.message).toMatch(message);
      expect(error.cause).toMatchObject({ name, status, requestId: 'R1' });
    });
  }

  test('412 is AlreadyExists where the file was to be created', () => {
    const condition = { type: 'absent' } as const;
    for (const name of ['PreconditionFailed', 'UnknownError']) {
      const error = s3Error(answered(name, 412), { ...context, condition });
      expect(error).toMatchObject({ code: 'AlreadyExists', message: 'a/b exists already' });
    }
  });

  test('a missing bucket is nothing to try again', () => {
    expect(s3Error(answered('NoSuchBucket', 404), context).retryable).toBe(false);
    const head = s3Error(answered('NotFound', 404), { ...context, key: undefined });
    expect(head).toMatchObject({ code: 'NotFound', message: 'bucket pictures does not exist' });
  });

  test('a wrong region is told with the right one', () => {
    const region = { $response: { headers: { 'x-amz-bucket-region': 'eu-south-2' } } };
    for (const error of [
      answered('PermanentRedirect', 301, region),
      answered('UnknownError', 301, region),
      answered('AuthorizationHeaderMalformed', 400, { Region: 'eu-south-2' }),
    ]) {
      expect(s3Error(error, context)).toMatchObject({
        code: 'InvalidArgument',
        message: 'bucket pictures is in region eu-south-2; set the option region to it',
      });
    }
  });
});

describe('a failure on the way', () => {
  const errnos: readonly (readonly [string, StorageErrorCode, RegExp])[] = [
    ['ECONNREFUSED', 'Unavailable', /nobody listens at http:\/\/localhost:9000/],
    ['ENOTFOUND', 'Unavailable', /host name of http:\/\/localhost:9000/],
    ['ECONNRESET', 'Unavailable', /broke/],
    ['EPIPE', 'Unavailable', /broke/],
    ['EHOSTUNREACH', 'Unavailable', /no way/],
    ['ETIMEDOUT', 'Timeout', /in time/],
  ];
  for (const [errno, code, message] of errnos) {
    test(`${errno} is ${code}`, () => {
      // The SDK calls some of them TimeoutError.
      const error = Object.assign(new Error('x'), { code: errno, name: 'TimeoutError' });
      expect(s3Error(error, context)).toMatchObject({
        code,
        retryable: true,
        message: expect.stringMatching(message),
      });
    });
  }

  test('a silent server is a Timeout', () => {
    const error = Object.assign(new Error('x'), { name: 'TimeoutError' });
    expect(s3Error(error, context).code).toBe('Timeout');
  });

  test('a certificate that is not trusted is nothing to try again', () => {
    const error = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(s3Error(error, context)).toMatchObject({ code: 'Unavailable', retryable: false });
  });

  test('missing credentials are told as such', async () => {
    const credentials = () =>
      Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    const storage = setup.storage({ credentials });
    await expect(storage.stat('a')).rejects.toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('no credentials'),
    });
  });

  test('what is thrown and is no error is told, too', () => {
    expect(s3Error('a string', context)).toMatchObject({ code: 'Unknown' });
    expect(s3Error(undefined, context)).toMatchObject({ code: 'Unknown' });
  });
});

describe('what a real server does not do on demand:', () => {
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const mock = mockClient(client);
  const storage = new S3StorageProvider({ bucket: 'b', client, partSize: 5 * MIB });

  test('a completion that answers 200 with an error is a failure', async () => {
    setup.server.faults.clear();
    mock.reset();
    mock.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' });
    mock.on(UploadPartCommand).resolves({ ETag: '"p"' });
    mock.on(CompleteMultipartUploadCommand).rejects(answered('InternalError', 200));
    const upload = storage.upload(someKey(), streamed(bytes(6 * MIB)));
    await expect(upload).rejects.toMatchObject({ code: 'Unavailable' });
    expect(mock.commandCalls(CompleteMultipartUploadCommand)).toHaveLength(1);
    expect(mock.calls().at(-1)?.args[0].constructor.name).toBe('AbortMultipartUploadCommand');
  });

  test('an answer without an ETag is a failure', async () => {
    mock.reset();
    mock.on(PutObjectCommand).resolves({});
    mock.on(HeadObjectCommand).resolves({ ContentLength: 1, LastModified: new Date() });
    await expect(storage.upload('a', 'b')).rejects.toMatchObject({ code: 'Unknown' });
    await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Unknown', key: 'a' });
  });

  test('a server that ignores ranges is refused, not taken at its word', async () => {
    mock.reset();
    const body = streamed(bytes(100));
    mock.on(GetObjectCommand).resolves({
      Body: Object.assign(body, {
        transformToByteArray: () => Promise.resolve(new Uint8Array()),
        transformToString: () => Promise.resolve(''),
        transformToWebStream: () => new ReadableStream(),
      }),
      ContentLength: 100,
      ETag: '"a"',
      LastModified: new Date(),
    });
    const download = storage.download('a', { range: { start: 1, end: 2 } });
    await expect(download).rejects.toMatchObject({ code: 'Unsupported' });
    expect(body.destroyed).toBe(true);
  });

  test('a storm of SlowDown is Throttled, after the parts were removed', async () => {
    mock.reset();
    mock.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' });
    mock.on(UploadPartCommand).rejects(answered('SlowDown', 503));
    const error = await storage
      .upload('a', streamed(bytes(30 * MIB)))
      .catch((e: StorageError) => e);
    expect(error).toMatchObject({ code: 'Throttled', retryable: true });
    expect(mock.calls().at(-1)?.args[0].constructor.name).toBe('AbortMultipartUploadCommand');
  });
});
