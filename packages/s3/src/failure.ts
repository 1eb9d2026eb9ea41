import { retryAfterOf } from './retry-after.js';

/** What is known of a failed request, without anything that could be a secret. */
export interface Failure {
  /** S3's error code, or the SDK's name for the failure. */
  readonly code: string;
  /** HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** Node's, such as `ECONNREFUSED`. */
  readonly errno?: string | undefined;
  readonly message: string;
  /** Where the server says that the bucket is. */
  readonly region?: string | undefined;
  readonly requestId?: string | undefined;
  /** Milliseconds for which the server, or a proxy before it, asks not to be called again. */
  readonly retryAfter?: number | undefined;
}

/** The HTTP status of the answer that the SDK made an error of. */
export function statusOf(error: unknown): number | undefined {
  const status = fieldsOf(fieldsOf(error)['$metadata'])['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
}

export function failureOf(error: unknown): Failure {
  const fields = fieldsOf(error);
  const meta = fieldsOf(fields['$metadata']);
  const headers = fieldsOf(fieldsOf(fields['$response'])['headers']);
  return {
    code: textOf(fields['Code']) ?? textOf(fields['name']) ?? 'Error',
    status: statusOf(error),
    errno: textOf(fields['code']),
    message: withoutSecrets(textOf(fields['message']) ?? String(error)),
    region: textOf(fields['Region']) ?? textOf(headers['x-amz-bucket-region']),
    requestId: textOf(meta['requestId']),
    retryAfter: retryAfterOf(textOf(headers['retry-after']), textOf(headers['date'])),
  };
}

/** The cause to tell: what the SDK threw, without anything that could be a secret. */
export function causeOf(failure: Failure, error: unknown): Error {
  const { code, status, errno, requestId, message } = failure;
  const cause = new Error(message);
  cause.name = code;
  if (error instanceof Error && error.stack !== undefined) {
    cause.stack = withoutSecrets(error.stack);
  }
  return Object.assign(
    cause,
    status === undefined ? {} : { status },
    errno === undefined ? {} : { code: errno },
    requestId === undefined ? {} : { requestId },
  );
}

/** A signature, a token or an encryption key that some server or proxy put into a message. */
function withoutSecrets(text: string): string {
  return text
    .replace(/(customer-key(?:-md5)?["']?\s*[:=]\s*["']?)[^\s"'<&,;]+/gi, '$1…')
    .replace(/AWS4-HMAC-SHA256[^"<\n]*/g, 'AWS4-HMAC-SHA256 …')
    .replace(/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"<]+/gi, '$1…');
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
