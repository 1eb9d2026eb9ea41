/** An answer that is no success, as it is shown to people. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly status: number;
  /** In lower case, for programs. */
  readonly code: string;
  /** What is wrong with fields of the request, by their names. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    details: {
      readonly fields?: Readonly<Record<string, string>>;
      readonly retryAfter?: number;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = details.fields;
    this.retryAfter = details.retryAfter;
  }
}

export const notFound = (what = 'There is no such page.') => new AppError(404, 'not_found', what);

export const noFile = () => notFound('There is no such file.');

export const forbidden = (message = 'You are not allowed to do this.') =>
  new AppError(403, 'forbidden', message);

export const conflict = (code: string, message: string) => new AppError(409, code, message);

export const invalid = (message: string, fields?: Readonly<Record<string, string>>) =>
  new AppError(400, 'invalid', message, fields === undefined ? {} : { fields });

export const wrongType = () =>
  new AppError(415, 'type_not_allowed', 'Files of this type are not taken.');
