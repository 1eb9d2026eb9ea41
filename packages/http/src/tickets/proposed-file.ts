import { DEFAULT_CONTENT_TYPE, readAll, StorageError } from '@org/storage-core';
import type { HttpRequest } from '../message.js';
import { incomingBody } from '../upload/incoming-body.js';
import { safeFilename } from '../upload/safe-filename.js';
import { limitsOf } from '../upload/upload-limits.js';
import type { ProposedFile } from './ticket-options.js';

/** Bytes: a list of 10,000 parts has some 700,000. */
const MAX_BODY = 1024 ** 2;

const TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,128}$/;

/** From the query of a request: `filename`, `type`, `metadata[name]`. */
export function proposedByQuery({ url }: HttpRequest, user: string): ProposedFile {
  const metadata = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    const [, field] = /^metadata\[(.+)\]$/s.exec(name) ?? [];
    if (field !== undefined) metadata.set(field, value);
  }
  const { searchParams } = url;
  return proposed(searchParams.get('filename'), searchParams.get('type'), metadata, user);
}

/** From a body: `{ filename, type, metadata: { name: value } }`. */
export function proposedByBody(body: unknown, user: string): ProposedFile {
  const { filename, type, metadata } = recordOf(body);
  const fields = Object.entries(recordOf(metadata ?? {})).map(([name, value]): [string, string] => [
    name,
    textOf(value),
  ]);
  return proposed(filename, type, new Map(fields), user);
}

/**
 * @throws StorageError `InvalidArgument` if it is none, `TooLarge`.
 */
export async function jsonBody(request: HttpRequest): Promise<unknown> {
  const content = await readAll(incomingBody(request, limitsOf({ totalSize: MAX_BODY })));
  try {
    return JSON.parse(content.toString());
  } catch (cause) {
    throw new StorageError('InvalidArgument', 'the body is not JSON', { cause });
  }
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new StorageError('InvalidArgument', 'the body is no JSON object');
}

/** Of an object, `String` may fail, and of one that is deep enough, the stack is not. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  throw new StorageError('InvalidArgument', 'the body has an object where a text is expected');
}

function proposed(
  filename: unknown,
  type: unknown,
  metadata: ReadonlyMap<string, string>,
  user: string,
): ProposedFile {
  const [bare = ''] = (typeof type === 'string' ? type : '').toLowerCase().split(';');
  const contentType = bare.trim() === '' ? DEFAULT_CONTENT_TYPE : bare.trim();
  if (!TYPE.test(contentType))
    throw new StorageError('InvalidArgument', 'the type is no content type');
  const given = metadata.get('size');
  const size = given === undefined ? undefined : Number(given);
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0))
    throw new StorageError('InvalidArgument', 'the size is a whole number of bytes');
  const name = safeFilename(typeof filename === 'string' ? filename : '');
  return { filename: name, contentType, size, metadata, user };
}
