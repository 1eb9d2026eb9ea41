import { S3Error } from './error.js';
import type { ObjectRecord } from './records.js';
import type { RequestHeaders } from './request.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
export type WriteCondition =
  | { readonly type: 'none' }
  | { readonly type: 'absent' }
  | { readonly type: 'exists' }
  | { readonly type: 'match'; readonly etag: string };

export const NO_CONDITION: WriteCondition = { type: 'none' };

const UNSUPPORTED_ON_WRITES = ['If-Modified-Since', 'If-Unmodified-Since'];

export function parseWriteCondition(headers: RequestHeaders): WriteCondition {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  const unsupported = UNSUPPORTED_ON_WRITES.find((name) => headers.has(name.toLowerCase()));
  if (unsupported) throw conditionNotImplemented(unsupported);
  if (match !== undefined && noneMatch !== undefined) {
    throw conditionNotImplemented(
      'If-Match,If-None-Match',
      'Multiple conditional request headers present in the request',
    );
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*') throw conditionNotImplemented('If-None-Match');
    return { type: 'absent' };
  }
  if (match === undefined) return NO_CONDITION;
  if (match.trim() === '*') throw conditionNotImplemented('If-Match');
  return { type: 'match', etag: unquote(match) };
}

export function parseDeleteCondition(headers: RequestHeaders): WriteCondition {
  const match = headers.get('if-match');
  if (match === undefined) return NO_CONDITION;
  return match.trim() === '*' ? { type: 'exists' } : { type: 'match', etag: unquote(match) };
}

function conditionNotImplemented(header: string, reason?: string): S3Error {
  return new S3Error('NotImplemented', undefined, {
    Header: header,
    additionalMessage:
      reason ?? `We don't accept the provided value of ${header} header for this API`,
  });
}

/**
 * `deletedMeanwhile`: the key was deleted after the write began. What the condition was based on is gone then, even if
 * the same content was written again.
 */
export function checkWriteCondition(
  condition: WriteCondition,
  current: ObjectRecord | undefined,
  key: string,
  deletedMeanwhile = false,
): void {
  if (condition.type === 'none') return;
  const header = condition.type === 'absent' ? 'If-None-Match' : 'If-Match';
  if (condition.type === 'absent') {
    if (current) throw preconditionFailed(header);
  } else {
    if (!current) throw new S3Error('NoSuchKey', undefined, { Key: key });
    const matches = condition.type === 'exists' || condition.etag === current.etag;
    if (!matches) throw preconditionFailed(header);
  }
  if (deletedMeanwhile) {
    throw new S3Error('ConditionalRequestConflict', undefined, { Condition: header, Key: key });
  }
}

function preconditionFailed(header: string): S3Error {
  return new S3Error('PreconditionFailed', undefined, { Condition: header });
}

/**
 * The conditions of GET and HEAD in the order of RFC 9110, section 13.2.2: If-Match outranks If-Unmodified-Since, and
 * If-None-Match outranks If-Modified-Since.
 */
export function checkReadConditions(headers: RequestHeaders, object: ObjectRecord): void {
  const failed = failedCondition(object, {
    match: headers.get('if-match'),
    noneMatch: headers.get('if-none-match'),
    modifiedSince: headers.get('if-modified-since'),
    unmodifiedSince: headers.get('if-unmodified-since'),
  });
  if (failed === 'match') throw preconditionFailed('If-Match');
  if (failed === 'unmodifiedSince') throw preconditionFailed('If-Unmodified-Since');
  if (failed) {
    throw new S3Error('NotModified', undefined, {}, undefined, {
      etag: `"${object.etag}"`,
      'last-modified': new Date(object.lastModified).toUTCString(),
    });
  }
}

/** The conditions on the source of a copy; all of them fail with 412. */
export function checkCopySourceConditions(headers: RequestHeaders, source: ObjectRecord): void {
  const failed = failedCondition(source, {
    match: headers.get('x-amz-copy-source-if-match'),
    noneMatch: headers.get('x-amz-copy-source-if-none-match'),
    modifiedSince: headers.get('x-amz-copy-source-if-modified-since'),
    unmodifiedSince: headers.get('x-amz-copy-source-if-unmodified-since'),
  });
  if (failed) throw preconditionFailed(COPY_SOURCE_HEADERS[failed]);
}

const COPY_SOURCE_HEADERS = {
  match: 'x-amz-copy-source-If-Match',
  noneMatch: 'x-amz-copy-source-If-None-Match',
  modifiedSince: 'x-amz-copy-source-If-Modified-Since',
  unmodifiedSince: 'x-amz-copy-source-If-Unmodified-Since',
} as const;

type ReadCondition = keyof typeof COPY_SOURCE_HEADERS;

function failedCondition(
  object: ObjectRecord,
  values: Readonly<Record<ReadCondition, string | undefined>>,
): ReadCondition | undefined {
  if (values.match !== undefined) {
    if (!namesETag(values.match, object.etag)) return 'match';
  } else if (values.unmodifiedSince !== undefined) {
    // A date that can't be read is ignored, here and below.
    if (object.lastModified > Date.parse(values.unmodifiedSince)) return 'unmodifiedSince';
  }
  if (values.noneMatch !== undefined) {
    if (namesETag(values.noneMatch, object.etag)) return 'noneMatch';
  } else if (values.modifiedSince !== undefined) {
    const since = Date.parse(values.modifiedSince);
    // A date in the future is ignored.
    if (object.lastModified <= since && since <= Date.now()) return 'modifiedSince';
  }
  return undefined;
}

function namesETag(list: string, etag: string): boolean {
  return list.split(',').some((item) => item.trim() === '*' || unquote(item) === etag);
}

export function unquote(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
}
