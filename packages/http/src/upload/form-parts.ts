import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { isStorageError, StorageError } from '@org/storage-core';
import type { HttpRequest } from '../message.js';
import { incomingBody } from './incoming-body.js';
import type { Limits } from './upload-limits.js';

interface FormField {
  readonly type: 'field';
  readonly name: string;
  readonly value: string;
}

interface FormFile {
  readonly type: 'file';
  readonly name: string;
  /** As the client calls it, without directories. */
  readonly filename: string;
  /** As the client has it. */
  readonly contentType: string;
  /** What is not read of it goes by with the step to the next part. */
  readonly body: AsyncIterable<Uint8Array>;
}

export type FormPart = FormField | FormFile;

export type FormLimits = Pick<
  Limits,
  'totalSize' | 'slowest' | 'files' | 'fields' | 'fieldSize' | 'headerSize'
>;

export interface BodyListeners {
  /** How many bytes of the whole body have come in. */
  readonly bytes?: ((received: number) => void) | undefined;
  /** The body as it comes in, form and all. */
  readonly chunk?: ((chunk: Uint8Array) => void) | undefined;
}

/** Headers of one part: RFC 7578 knows three. */
const MAX_HEADERS = 16;

export function isForm(request: HttpRequest): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(request.header('content-type') ?? '');
}

/**
 * The parts of a `multipart/form-data` body, in their order and at the pace of whoever takes them: the client is kept waiting while a
 * part is worked on.
 * @throws StorageError `InvalidArgument` for a form that is malformed or breaks off, `TooLarge` beyond a limit, `Timeout`, `Aborted`.
 */
export async function* formParts(
  request: HttpRequest,
  limits: FormLimits,
  on: BodyListeners = {},
): AsyncGenerator<FormPart, void, undefined> {
  const parser = parserOf(request, limits);
  const parts = new PartQueue(parser);
  const signal = AbortSignal.any([request.signal, parts.failed]);
  void feed(parser, incomingBody(request, limits, on.bytes, signal), parts, on.chunk);
  try {
    yield* parts.taken();
  } finally {
    parts.fail(new StorageError('Aborted', 'the rest of the form is not read'));
  }
}

function parserOf(request: HttpRequest, limits: FormLimits): BusboyInstance {
  const { files, fields, fieldSize, headerSize } = limits;
  const contentType = request.header('content-type') ?? '';
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        ...{ files, fields, fieldSize, headerSize },
        parts: files + fields,
        headerPairs: MAX_HEADERS,
      },
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

/** Hands the body to the parser. What goes wrong is what the reader of the parts is told. */
async function feed(
  parser: BusboyInstance,
  body: AsyncIterable<Uint8Array>,
  parts: PartQueue,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<void> {
  try {
    for await (const chunk of body) {
      onChunk(chunk);
      if (!parser.write(chunk)) await once(parser, 'drain', { signal: parts.failed });
      if (parts.failed.aborted) return;
    }
    parser.end();
  } catch (error) {
    parts.fail(isStorageError(error) ? error : malformed(error));
  }
}

type Found = FormField | { readonly file: Omit<FormFile, 'body'>; readonly stream: Readable };

/** What the parser has found and nobody has taken yet: no more than a chunk of the body holds. */
class PartQueue {
  #found: Found[] = [];
  #taken: Readable | undefined;
  readonly #failure = new AbortController();
  #complete = false;
  #wake = () => {};

  constructor(parser: BusboyInstance) {
    parser.on('field', (name, value, nameTruncated, valueTruncated) => {
      if (nameTruncated || valueTruncated)
        return this.fail(beyond('a field of the form is too long'));
      this.#add({ type: 'field', name: name ?? '', value });
    });
    parser.on('file', (name, stream, filename = '', _encoding, contentType) => {
      stream.on('error', () => {}); // the parser tells of it, too
      this.#add({ file: { type: 'file', name: name ?? '', filename, contentType }, stream });
    });
    parser.on('partsLimit', () => this.fail(beyond('the form has too many parts')));
    parser.on('filesLimit', () => this.fail(beyond('the form has too many files')));
    parser.on('fieldsLimit', () => this.fail(beyond('the form has too many fields')));
    parser.on('error', (error) => this.fail(malformed(error)));
    parser.on('finish', () => {
      this.#complete = true;
      this.#wake();
    });
  }

  /** Fires with the error. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** The first error counts. */
  fail(error: StorageError): void {
    if (this.failed.aborted) return;
    this.#failure.abort(error);
    this.#found = [];
    this.#taken?.destroy(error);
    this.#wake();
  }

  async *taken(): AsyncGenerator<FormPart, void, undefined> {
    while (true) {
      this.failed.throwIfAborted();
      const next = this.#found.shift();
      if (next === undefined) {
        if (this.#complete) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if ('stream' in next) {
        const { file, stream } = next;
        const body = contentOf(stream);
        this.#taken = stream;
        yield { ...file, body };
        await body.return();
        stream.resume();
      } else {
        yield next;
      }
    }
  }

  #add(part: Found): void {
    this.#found.push(part);
    this.#wake();
  }
}

/** What the parser's stream gives, with errors as the form's. */
async function* contentOf(stream: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* stream.iterator({ destroyOnReturn: false });
  } catch (error) {
    throw isStorageError(error) ? error : malformed(error);
  }
}

function beyond(message: string): StorageError {
  return new StorageError('TooLarge', message);
}

function malformed(cause: unknown): StorageError {
  return new StorageError('InvalidArgument', 'the form is malformed, or breaks off', { cause });
}
