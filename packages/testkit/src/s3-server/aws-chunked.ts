import { createHash, type Hash } from 'node:crypto';
import { S3Error } from './error.js';
import { EMPTY_SHA256, type SigningContext, sameSignature, scopeText, sign } from './signature.js';

/**
 * Decodes the content coding `aws-chunked`: chunks of `<hex size>[;chunk-signature=…]\r\n<data>\r\n`, a chunk of size 0,
 * and trailers. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html
 */
export interface ChunkedOptions {
  /** Verifies chunk and trailer signatures, of which the request's is the first link; undefined: not signed. */
  readonly signing: SigningContext | undefined;
  /** Whether trailers may follow. */
  readonly trailer: boolean;
  /** Bytes of content, from x-amz-decoded-content-length; more are refused as soon as they are announced. */
  readonly length: number;
  readonly onTrailer: (name: string, value: string) => void;
}

const MINIMUM_CHUNK_BYTES = 8192;
const MAXIMUM_LINE_BYTES = 16 * 1024;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  options: ChunkedOptions,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  const signatures = options.signing && new SignatureChain(options.signing);
  let decoded = 0;
  let smallChunk = false;
  for (let number = 1; ; number += 1) {
    const header = parseChunkHeader(await reader.line(), signatures !== undefined);
    if (smallChunk && header.size > 0) {
      throw new S3Error('InvalidChunkSizeError', undefined, { Chunk: number });
    }
    smallChunk = header.size < MINIMUM_CHUNK_BYTES;
    decoded += header.size;
    if (decoded > options.length) throw wrongLength(options.length, decoded);
    const hash = signatures && createHash('sha256');
    for (let left = header.size; left > 0; ) {
      const data = await reader.take(left);
      hash?.update(data);
      left -= data.length;
      yield data;
    }
    if (signatures && hash) signatures.verifyChunk(header.signature, hash);
    if (header.size === 0) break;
    if ((await reader.line()) !== '') throw unexpectedEnd();
  }
  await readTrailers(reader, options, signatures);
}

async function readTrailers(
  reader: ByteReader,
  options: ChunkedOptions,
  signatures: SignatureChain | undefined,
): Promise<void> {
  let canonical = '';
  let signature: string | undefined;
  for (let line = await reader.lastLines(); line !== undefined; line = await reader.lastLines()) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    if (colon < 1 || !options.trailer) throw new S3Error('MalformedTrailerError');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === TRAILER_SIGNATURE) {
      signature = value;
    } else {
      canonical += `${name}:${value}\n`;
      options.onTrailer(name, value);
    }
  }
  if (signatures && options.trailer) {
    if (signature === undefined) throw new S3Error('MalformedTrailerError');
    signatures.verifyTrailer(signature, canonical);
  }
}

function parseChunkHeader(line: string, signed: boolean): { size: number; signature: string } {
  const match = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  const [, size, signature = ''] = match ?? [];
  if (size === undefined || (signed && signature === '')) throw unexpectedEnd();
  return { size: Number.parseInt(size, 16), signature };
}

function wrongLength(expected: number, provided: number): S3Error {
  return new S3Error('IncompleteBody', undefined, {
    NumberBytesExpected: expected,
    NumberBytesProvided: provided,
  });
}

function unexpectedEnd(): S3Error {
  return new S3Error('IncompleteBody', 'The request body terminated unexpectedly');
}

/** Each chunk's signature covers the one before it, so that chunks can't be swapped. */
class SignatureChain {
  readonly #signing: SigningContext;
  #previous: string;

  constructor(signing: SigningContext) {
    this.#signing = signing;
    this.#previous = signing.signature;
  }

  verifyChunk(signature: string, content: Hash): void {
    const lines = [...this.#head('AWS4-HMAC-SHA256-PAYLOAD'), EMPTY_SHA256, content.digest('hex')];
    this.#verify(signature, lines.join('\n'));
    this.#previous = signature;
  }

  verifyTrailer(signature: string, trailers: string): void {
    const hash = createHash('sha256').update(trailers, 'latin1').digest('hex');
    this.#verify(signature, [...this.#head('AWS4-HMAC-SHA256-TRAILER'), hash].join('\n'));
  }

  #head(algorithm: string): string[] {
    const { timestamp, scope } = this.#signing;
    return [algorithm, timestamp, scopeText(scope), this.#previous];
  }

  #verify(signature: string, text: string): void {
    if (!sameSignature(sign(this.#signing.key, text), signature)) {
      throw new S3Error('SignatureDoesNotMatch', undefined, {
        StringToSign: text,
        SignatureProvided: signature,
      });
    }
  }
}

class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #buffered: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** A line without its end; the end of the source is an error. */
  async line(): Promise<string> {
    const line = await this.lastLines(false);
    if (line === undefined) throw unexpectedEnd();
    return line;
  }

  /** A line without its end, or undefined at the end of the source; `open`: the last line may lack its end. */
  async lastLines(open = true): Promise<string | undefined> {
    for (let searched = 0; ; ) {
      const end = this.#buffered.indexOf(10, searched);
      if (end >= 0) {
        const line = this.#buffered.toString('latin1', 0, end);
        this.#buffered = this.#buffered.subarray(end + 1);
        return line.endsWith('\r') ? line.slice(0, -1) : line;
      }
      searched = this.#buffered.length;
      if (searched > MAXIMUM_LINE_BYTES) throw unexpectedEnd();
      const next = await this.#source.next();
      if (next.done) {
        if (!open || searched === 0) return undefined;
        const rest = this.#buffered.toString('latin1');
        this.#buffered = Buffer.alloc(0);
        return rest;
      }
      this.#buffered = searched === 0 ? next.value : Buffer.concat([this.#buffered, next.value]);
    }
  }

  /** Between one and `maximum` bytes. */
  async take(maximum: number): Promise<Buffer> {
    while (this.#buffered.length === 0) {
      const next = await this.#source.next();
      if (next.done) throw unexpectedEnd();
      this.#buffered = next.value;
    }
    const data = this.#buffered.subarray(0, maximum);
    this.#buffered = this.#buffered.subarray(data.length);
    return data;
  }
}
