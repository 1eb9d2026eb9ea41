import { describe, expect, it } from 'vitest';
import {
  type AbsentCondition,
  checkCompleteOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkDownloadUrlOptions,
  checkListOptions,
  checkOperationOptions,
  checkSweepOptions,
  checkTags,
  checkUploadOptions,
  checkUploadTicketOptions,
  checkVersionOptions,
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
  checkVersionOptions,
  checkCompleteOptions,
  checkDownloadUrlOptions,
  checkUploadTicketOptions,
  checkSweepOptions: (options: object) =>
    checkSweepOptions({ initiatedBefore: new Date(0), ...options }),
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
        uploadId: 'an-id',
        keepParts: true,
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
    { uploadId: '' },
    { uploadId: 1 },
    { uploadId: null },
    { keepParts: 'yes' },
    { keepParts: null },
    { tags: { '': 'x' } },
    { tags: { a: 'line\nbreak' } },
    { versionId: 'v' },
  ])('refuses %j', (options) => {
    expect(() => checkUploadOptions(options as never)).toThrow(refused);
  });
});

describe('the other checks', () => {
  it('take the options of their operation', () => {
    expect(() => {
      checkDownloadOptions({ range: { start: 0 }, condition: { type: 'match', etag } });
      checkDeleteOptions({ condition: { type: 'match', etag } });
      checkDownloadOptions({ versionId: 'v' });
      checkDeleteOptions({ versionId: 'v' });
      checkVersionOptions({ versionId: 'v', signal });
      checkCopyOptions({ condition: absent, sourceCondition: { type: 'match', etag } });
      checkCompleteOptions({ condition: { type: 'match', etag } });
      checkSweepOptions({ initiatedBefore: new Date(), prefix: 'a/' });
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
    [checkCopyOptions, { sourceCondition: absent }],
    [checkCopyOptions, { sourceCondition: { type: 'match' } }],
    [checkCopyOptions, { sourceCondition: null }],
    [checkVersionOptions, { versionId: '' }],
    [checkVersionOptions, { versionId: null }],
    [checkDownloadOptions, { versionId: '' }],
    [checkDeleteOptions, { versionId: 7 }],
    [checkDeleteOptions, { versionId: 'v', condition: { type: 'match', etag } }],
    [checkCompleteOptions, { condition: { type: 'newer' } }],
    [checkSweepOptions, {}],
    [checkSweepOptions, { initiatedBefore: 0 }],
    [checkSweepOptions, { initiatedBefore: '2026-01-01' }],
    [checkSweepOptions, { initiatedBefore: new Date(Number.NaN) }],
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

describe('checkTags', () => {
  it('takes texts by names, and none', () => {
    expect(() => checkTags({})).not.toThrow();
    expect(() => checkTags({ 'any name': '', größe: 'ä/é' })).not.toThrow();
  });

  it.each([null, [], 'a=b', { '': 'x' }, { a: 1 }, { a: undefined }, { 'a\0': 'x' }, { a: '\r' }])(
    'refuses %j',
    (tags) => {
      expect(() => checkTags(tags as never)).toThrow(refused);
    },
  );
});
