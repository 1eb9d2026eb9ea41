import { isStorageError, type StorageError, type StorageErrorCode } from '@org/storage-core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { AppError, invalid, noFile, notFound } from './app-error.js';

/** Answers with `{ error: { code, message, fields? } }`. What is not meant for people goes to the log alone. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => {
    const known = appErrorOf(error);
    if (known.status >= 500) request.log.error({ err: error }, 'a request has failed');
    return answerError(known, reply);
  });
  app.setNotFoundHandler({}, (_request: FastifyRequest, reply: FastifyReply) =>
    answerError(notFound(), reply),
  );
}

function answerError(error: AppError, reply: FastifyReply): FastifyReply {
  const { status, code, message, fields, retryAfter } = error;
  if (retryAfter !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfter)));
  reply.header('cache-control', 'no-store').type('application/json; charset=utf-8');
  return reply
    .code(status)
    .send(
      JSON.stringify({ error: { code, message, ...(fields === undefined ? {} : { fields }) } }),
    );
}

/** What people may know of any error. */
export function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isStorageError(error)) return ofStorage(error);
  if (error instanceof ZodError) return ofValidation(error);
  const status = statusOf(error);
  if (status === 413) return new AppError(413, 'too_large', 'The request is too large.');
  if (status === 429) return new AppError(429, 'too_many_requests', 'Too many requests.');
  if (status !== undefined && status >= 400 && status < 500)
    return new AppError(status, 'invalid', 'The request can’t be understood.');
  return internal();
}

const internal = () =>
  new AppError(
    500,
    'internal',
    'Something went wrong. It was written down, and will be looked at.',
  );

const STORAGE: Readonly<
  Partial<Record<StorageErrorCode, readonly [status: number, code: string, message: string]>>
> = {
  AlreadyExists: [409, 'conflict', 'The file has changed meanwhile.'],
  PreconditionFailed: [412, 'changed', 'The file has changed meanwhile.'],
  Conflict: [409, 'conflict', 'The file is being changed. Try again.'],
  InvalidRange: [416, 'invalid_range', 'The file has no such part.'],
  InvalidKey: [400, 'invalid', 'This can’t be the name of a file.'],
  TooLarge: [413, 'too_large', 'The file is too large.'],
  ChecksumMismatch: [422, 'damaged', 'The file did not arrive whole. Send it again.'],
  QuotaExceeded: [507, 'storage_full', 'There is no room for the file.'],
  Unavailable: [503, 'unavailable', 'The files can’t be reached at the moment. Try again soon.'],
  Timeout: [503, 'unavailable', 'The files can’t be reached at the moment. Try again soon.'],
  Throttled: [503, 'unavailable', 'The files can’t be reached at the moment. Try again soon.'],
  Aborted: [499, 'aborted', 'The request was broken off.'],
};

function ofStorage(error: StorageError): AppError {
  if (error.code === 'NotFound') return noFile();
  const [status, code, message] = STORAGE[error.code] ?? [];
  if (status === undefined || code === undefined || message === undefined) return internal();
  const retryAfter = status === 503 ? (error.retryAfter ?? 5_000) / 1000 : undefined;
  return new AppError(status, code, message, retryAfter === undefined ? {} : { retryAfter });
}

function ofValidation({ issues }: ZodError): AppError {
  const fields = issues.map(({ path, message }) => [path.join('.'), message] as const);
  return invalid('Some of it is not as it has to be.', Object.fromEntries(fields));
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
