import { describe, expect, it } from 'vitest';
import {
  type AbsentCondition,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
  type ETag,
} from '../src/index.js';

const etag = 'abc' as ETag;
const absent: AbsentCondition = { type: 'absent' };
const { signal } = new AbortController();

const CHECKS: Readonly<Record<string, (options: never) => void>> = {
  checkOperationOptions,
  checkUploadOptions,
  checkDownloadOptions,
  checkDeleteOptions,
  checkListOptions,
  checkCopyOptions,
};

const refused = expect.objectContaining({ code: 'InvalidArgument' });

describe.each(Object.entries(CHECKS))('%s', (_, check) => {
  const checked = (options: unknown) => () => check(options as never);

  it('takes no options, and a signal', () => {
    expect(checked({})).not.toThrow();
    expect(checked({ signal })).not.toThrow();
    expect(checked({ signal: undefined })).not.toThrow();
  });

  it.each<object>([
    { unknown: 1 },
    { Signal: signal },
    { toString: 1 },
    { __proto__: null, constructor: 1 },
  ])('refuses an unknown name', (options) => {
    expect(checked(options)).toThrow(refused);
    expect(checked(options)).toThrow(/unknown option ".*"; there are signal/);
  });

  it.each<object>([{ signal: {} }, { signal: null }, { signal: true }])('refuses %j', (options) => {
    expect(checked(options)).toThrow(refused);
  });
});

describe('checkUploadOptions', () => {
  it('takes every option', () => {
    expect(() =>
      checkUploadOptions({
        condition: { type: 'match', etag },
        contentLength: 0,
        contentType: 'text/plain',
        cacheControl: 'no-store',
        contentDisposition: 'inline',
        metadata: { a: 'é' },
        tags: { 'any name': 'x' },
        checksums: { crc32: '00000000' },
        onProgress: () => {},
        onMultipartUpload: () => {},
        signal,
      }),
    ).not.toThrow();
    expect(() => checkUploadOptions({ condition: absent })).not.toThrow();
  });

  it.each([
    { contentLength: -1 },
    { contentLength: Number.MAX_SAFE_INTEGER + 1 },
    { contentLength: null },
    { contentType: 1 },
    { cacheControl: 'a\r\nb' },
    { contentDisposition: null },
    { metadata: null },
    { metadata: [] },
    { metadata: 'a' },
    { metadata: { A: 'x' } },
    { tags: { a: 1 } },
    { tags: null },
    { checksums: null },
    { checksums: { crc32: 'x' } },
    { condition: null },
    { condition: 'absent' },
    { condition: { type: 'match' } },
    { condition: { type: 'match', etag: 5 } },
    { condition: { type: 'newer', etag } },
    { onProgress: 1 },
    { onMultipartUpload: {} },
  ])('refuses %j', (options) => {
    expect(() => checkUploadOptions(options as never)).toThrow(refused);
  });
});

describe('the other checks', () => {
  it('take the options of their operation', () => {
    expect(() => {
      checkDownloadOptions({ range: { start: 0 }, condition: { type: 'match', etag } });
      checkDeleteOptions({ condition: { type: 'match', etag } });
      checkCopyOptions({ condition: absent });
      checkListOptions({ prefix: '', delimiter: '/', startAfter: '\u{10ffff}', onSkip: () => {} });
    }).not.toThrow();
  });

  it.each<[(options: never) => void, unknown]>([
    [checkDownloadOptions, { condition: absent }],
    [checkDownloadOptions, { range: { start: 2, end: 1 } }],
    [checkDownloadOptions, { range: null }],
    [checkDeleteOptions, { condition: absent }],
    [checkDeleteOptions, { condition: null }],
    [checkCopyOptions, { condition: { type: 'match', etag: '' } }],
    [checkListOptions, { delimiter: '-' }],
    [checkListOptions, { delimiter: null }],
    [checkListOptions, { prefix: 1 }],
    [checkListOptions, { prefix: '\ud83d' }],
    [checkListOptions, { startAfter: null }],
    [checkListOptions, { onSkip: 'log' }],
  ])('refuse options of wrong form', (check, options) => {
    expect(() => check(options as never)).toThrow(refused);
  });
});
