import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, startChecksum } from './checksum.js';
import { checksumMismatch, type DeclaredChecksum, expectedValue } from './declared-checksum.js';
import { S3Error } from './error.js';
import type { RequestHeaders } from './request.js';

export interface VerifiedContent {
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  /** Base64 values of all that were computed. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** Computes hashes of a body as it streams by and compares them with what came along. */
export class ContentVerification {
  readonly #declared: DeclaredChecksum | undefined;
  readonly #contentMd5: string | undefined;
  readonly #md5 = createHash('md5');
  readonly #checksums: readonly (readonly [ChecksumAlgorithm, ReturnType<typeof startChecksum>])[];
  #size = 0;

  /** `computed`: an algorithm to compute besides the declared one. */
  constructor(
    headers: RequestHeaders,
    declared: DeclaredChecksum | undefined,
    computed?: ChecksumAlgorithm,
  ) {
    this.#contentMd5 = parseContentMd5(headers);
    this.#declared = declared;
    this.#checksums = [...new Set([declared?.algorithm, computed])]
      .filter((name) => name !== undefined)
      .map((name) => [name, startChecksum(name)] as const);
  }

  /** Whether anything came along that proves the content. */
  get proves(): boolean {
    return this.#contentMd5 !== undefined || this.#declared !== undefined;
  }

  update(chunk: Buffer): void {
    this.#size += chunk.length;
    this.#md5.update(chunk);
    for (const [, checksum] of this.#checksums) checksum.update(chunk);
  }

  /** Throws unless all of `length` bytes came and every value given for them is right. */
  finish(length: number, trailers: ReadonlyMap<string, string>): VerifiedContent {
    const md5 = this.#md5.digest('hex');
    const checksums = new Map(
      this.#checksums.map(([name, checksum]) => [name, checksum.digest().toString('base64')]),
    );
    if (this.#size !== length) {
      throw new S3Error('IncompleteBody', undefined, {
        NumberBytesExpected: length,
        NumberBytesProvided: this.#size,
      });
    }
    if (this.#contentMd5 !== undefined && this.#contentMd5 !== md5) {
      throw new S3Error('BadDigest', undefined, {
        ExpectedDigest: this.#contentMd5,
        CalculatedDigest: Buffer.from(md5, 'hex').toString('base64'),
      });
    }
    if (this.#declared) {
      const { algorithm } = this.#declared;
      if (expectedValue(this.#declared, trailers) !== checksums.get(algorithm)) {
        throw checksumMismatch(algorithm);
      }
    } else if (trailers.size > 0) {
      throw new S3Error('MalformedTrailerError');
    }
    return { size: this.#size, md5, checksums };
  }
}

/** Hexadecimal MD5 from Content-MD5. */
function parseContentMd5(headers: RequestHeaders): string | undefined {
  const value = headers.get('content-md5');
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidDigest', undefined, { 'Content-MD5': value });
  }
  return bytes.toString('hex');
}
