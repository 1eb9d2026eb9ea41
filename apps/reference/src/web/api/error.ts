/** The server's refusal, or that it could not be reached (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** What is wrong with which field of a form. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** A text for people, with what they can do. */
export function describe(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'Something went wrong in this page. Load it again; what was saved is kept.';
}

/** Whether trying again later can help. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 500)
  );
}

/** The error that an answer stands for. `body` is what came, of whatever form. */
export function answeredError(status: number, body: string): ApiError {
  const { code, message, fields } = readError(body);
  return new ApiError(status, code ?? `http_${status}`, message ?? plainText(status), fields);
}

export function unreachable(): ApiError {
  return new ApiError(
    0,
    'unreachable',
    'The server can’t be reached. Check your connection; nothing was changed here.',
  );
}

function readError(body: string) {
  const parsed = parse(body);
  const error = isRecord(parsed) && isRecord(parsed['error']) ? parsed['error'] : {};
  const fields = isRecord(error['fields']) ? error['fields'] : {};
  return {
    code: text(error['code']),
    message: text(error['message']),
    fields: Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
  };
}

function plainText(status: number): string {
  if (status === 401) return 'You are signed out. Sign in again to go on.';
  if (status === 403) return 'You have no permission for this.';
  if (status === 404) return 'This does not exist, or is not yours to see.';
  if (status === 413) return 'This is larger than the server takes.';
  if (status === 429) return 'Too many requests. Wait a moment, then try again.';
  if (status === 507) return 'The store is full. Delete something, or ask the operator.';
  if (status >= 500) return 'The server could not do this. Try again in a moment.';
  return `The server refused this (status ${status}).`;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
