import { describe, expect, it } from 'vitest';
import {
  checkDownloadUrlOptions,
  checkUploadTicketOptions,
  type DownloadUrlOptions,
  MAX_EXPIRY,
  type UploadTicketOptions,
} from '../src/index.js';

const refused = expect.objectContaining({ code: 'InvalidArgument' });
const sha256 = 'ab'.repeat(32);
const content = {
  contentType: 'text/plain',
  cacheControl: 'no-store',
  contentDisposition: 'inline',
  metadata: { a: 'é' },
  tags: { b: 'c' },
};

const EXPIRIES = [0, -1, 0.5, MAX_EXPIRY + 1, Number.NaN, '60', null, Number.POSITIVE_INFINITY];

describe('checkDownloadUrlOptions', () => {
  it.each<DownloadUrlOptions>([
    {},
    { expiresIn: undefined, versionId: undefined },
    { expiresIn: 1 },
    { expiresIn: MAX_EXPIRY },
    { versionId: 'v', contentType: 'a/b', contentDisposition: 'inline', cacheControl: 'no-cache' },
  ])('takes %j', (options) => {
    expect(() => checkDownloadUrlOptions(options)).not.toThrow();
  });

  it.each([
    ...EXPIRIES.map((expiresIn) => ({ expiresIn })),
    { versionId: '' },
    { versionId: 5 },
    { contentType: 'a\nb' },
    { contentDisposition: 1 },
    { cacheControl: null },
    { signal: {} },
    { range: { start: 0 } },
    { expires: 60 },
  ])('refuses %j', (options) => {
    expect(() => checkDownloadUrlOptions(options as never)).toThrow(refused);
  });
});

describe('checkUploadTicketOptions', () => {
  it.each<UploadTicketOptions>([
    {},
    { type: undefined },
    { type: 'put', ...content, contentLength: 0, checksums: { sha256 } },
    { condition: { type: 'absent' }, expiresIn: 1 },
    { type: 'post', size: { max: 0 } },
    { type: 'post', ...content, size: { min: 5, max: 5 }, checksums: { sha256 } },
    { type: 'multipart', ...content, contentLength: 0 },
    { type: 'multipart', contentLength: 5, partSize: 5, uploadId: 'u' },
  ])('takes %j', (options) => {
    expect(() => checkUploadTicketOptions(options)).not.toThrow();
  });

  it.each([
    { condition: { type: 'match', etag: 'a' } },
    { condition: 'absent' },
    { condition: null },
    ...EXPIRIES.map((expiresIn) => ({ expiresIn })),
    { type: 'get' },
    { type: null },
    { type: 'toString' },
    { contentLength: -1 },
    { contentLength: 1.5 },
    { contentType: 'a\r\nb' },
    { metadata: { UPPER: 'x' } },
    { metadata: [] },
    { tags: { '': 'x' } },
    { checksums: { sha256: 'short' } },
    { checksums: null },
    { condition: { type: 'match', etag: '' } },
    { size: { max: 1 } },
    { partSize: 5 },
    { uploadId: 'u' },
    { type: 'post' },
    { type: 'post', size: null },
    { type: 'post', size: 5 },
    { type: 'post', size: {} },
    { type: 'post', size: { min: 1 } },
    { type: 'post', size: { min: 2, max: 1 } },
    { type: 'post', size: { min: -1, max: 1 } },
    { type: 'post', size: { max: 1.5 } },
    { type: 'post', size: { max: 1 }, contentLength: 1 },
    { type: 'post', size: { max: 1 }, condition: { type: 'absent' } },
    { type: 'multipart' },
    { type: 'multipart', contentLength: -1 },
    { type: 'multipart', contentLength: 1, partSize: -1 },
    { type: 'multipart', contentLength: 1, uploadId: '' },
    { type: 'multipart', contentLength: 1, checksums: {} },
    { type: 'multipart', contentLength: 1, partChecksums: {} },
    { type: 'multipart', contentLength: 1, partChecksums: null },
    { type: 'multipart', contentLength: 1, partChecksums: [null] },
    { type: 'multipart', contentLength: 1, partChecksums: [{ sha256: 'short' }] },
    { type: 'multipart', contentLength: 1, partNumbers: 1 },
    { type: 'multipart', contentLength: 1, partNumbers: [0] },
    { type: 'multipart', contentLength: 1, partNumbers: [1.5] },
    { type: 'put', partNumbers: [1] },
    { type: 'put', partChecksums: [] },
    { type: 'multipart', contentLength: 1, condition: { type: 'absent' } },
  ])('refuses %j', (options) => {
    expect(() => checkUploadTicketOptions(options as never)).toThrow(refused);
  });

  it('says which kinds of tickets there are, and which options a kind has', () => {
    expect(() => checkUploadTicketOptions({ type: 'get' } as never)).toThrow(/"put", "post" or/);
    const post = { type: 'post', size: { max: 1 }, partSize: 1 } as never;
    expect(() => checkUploadTicketOptions(post)).toThrow(/unknown option "partSize".*size/);
  });
});
