import { StorageError, type StorageErrorCode } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContentDisposition } from '../src/answer/content-disposition.js';
import { contentDisposition, errorResponse } from '../src/index.js';

describe('the answer to a storage error', () => {
  /** Where a file is read, and where one is written. */
  const STATUS: Readonly<Record<StorageErrorCode, readonly [read: number, write: number]>> = {
    NotFound: [404, 404],
    AlreadyExists: [412, 412],
    PreconditionFailed: [412, 412],
    InvalidKey: [404, 400],
    InvalidRange: [416, 416],
    InvalidArgument: [400, 400],
    AccessDenied: [403, 403],
    Unavailable: [503, 503],
    Timeout: [504, 504],
    Throttled: [503, 503],
    Aborted: [499, 499],
    ChecksumMismatch: [500, 400],
    TooLarge: [413, 413],
    QuotaExceeded: [507, 507],
    Unsupported: [501, 501],
    Conflict: [503, 409],
    Unknown: [500, 500],
  };
  const CODES = Object.keys(STATUS) as StorageErrorCode[];

  test.each(CODES)('%s', (code) => {
    const error = new StorageError(code, 'at /srv/files with password hunter2', {
      key: 'secret/key',
      provider: 'bucket-7',
      cause: new Error('AKIA0000'),
    });
    for (const [i, request] of [{ method: 'GET' }, { method: 'PUT' }].entries()) {
      const { status, headers, body } = errorResponse(error, request);
      expect(status).toBe(STATUS[code][i]);
      expect(errorResponse(error, { method: i === 0 ? 'HEAD' : 'POST' }).status).toBe(status);
      expect(headers['retry-after']).toBe([503, 504].includes(status) ? '5' : undefined);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(String(body))).toEqual({ title: expect.any(String), status, code });
    }
    expect(errorResponse(error).status).toBe(STATUS[code][1]);
  });

  test('says how long the store has asked to wait, in whole seconds', () => {
    const waiting = (retryAfter: number) =>
      errorResponse(new StorageError('Throttled', 'slow down', { retryAfter })).headers[
        'retry-after'
      ];
    expect(waiting(1)).toBe('1');
    expect(waiting(2_001)).toBe('3');
  });
});

describe('Content-Disposition', () => {
  test.each([
    ['report.pdf', 'attachment; filename="report.pdf"'],
    ['', 'attachment'],
    ['a "b".txt', `attachment; filename="a _b_.txt"; filename*=UTF-8''a%20%22b%22.txt`],
    ['50%41.txt', `attachment; filename="50_41.txt"; filename*=UTF-8''50%2541.txt`],
    ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
    [
      'Übersicht 日本.pdf',
      `attachment; filename="_bersicht __.pdf"; filename*=UTF-8''%C3%9Cbersicht%20%E6%97%A5%E6%9C%AC.pdf`,
    ],
    ['😀.txt', `attachment; filename="_.txt"; filename*=UTF-8''%F0%9F%98%80.txt`],
    ['../../etc/passwd', 'attachment; filename=".._.._etc_passwd"'],
    ['a\\b', 'attachment; filename="a_b"'],
    ['a\r\nset-cookie: x', 'attachment; filename="aset-cookie: x"'],
    ['invoice\u202efdp.exe', 'attachment; filename="invoicefdp.exe"'],
    ['a\ud800b', `attachment; filename="a_b"; filename*=UTF-8''a%EF%BF%BDb`],
  ])('%j', (filename, header) => {
    expect(contentDisposition('attachment', filename)).toBe(header);
  });

  test('of any name is one header, which says the name or a plainer one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (filename) => {
        const header = contentDisposition('inline', filename);
        expect(header).toMatch(
          /^inline(?:; filename="[\x20-\x7e]*"(?:; filename\*=UTF-8''[\w.%~!&+^$#`|-]+)?)?$/,
        );
        const { type, filename: read = '' } = parseContentDisposition(header);
        expect(type).toBe('inline');
        expect(contentDisposition('inline', read)).toBe(header);
        expect(read).not.toMatch(/[/\\\p{Cc}]/u);
        expect(read.length).toBeLessThanOrEqual(200);
      }),
    );
  });

  test('a long name keeps its extension', () => {
    const { filename = '' } = parseContentDisposition(
      contentDisposition('inline', `${'ü'.repeat(500)}.pdf`),
    );
    expect(filename).toMatch(/^ü+\.pdf$/);
  });

  test.each([
    ['inline', { type: 'inline' }],
    ['INLINE; filename=a.txt', { type: 'inline', filename: 'a.txt' }],
    [
      'attachment; filename="Übersicht \\"1\\".pdf"',
      { type: 'attachment', filename: 'Übersicht "1".pdf' },
    ],
    [`attachment; filename="x"; filename*=utf-8'de'%C3%BC`, { type: 'attachment', filename: 'ü' }],
    [`attachment; filename="x"; filename*=utf-8''%FF`, { type: 'attachment', filename: 'x' }],
    ['inlined', { type: 'attachment' }],
    ['form-data; name="a"', { type: 'attachment' }],
    ['', { type: 'attachment' }],
  ])('what is stored, %j, is read', (header, disposition) => {
    expect(parseContentDisposition(header)).toEqual(disposition);
  });
});
