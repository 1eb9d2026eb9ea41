import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64Nvme } from './crc64nvme.js';
import { StorageError } from './error.js';

/**
 * Checksums of a file's whole content, each in lower-case hexadecimal: `crc32` (8 digits), `crc64nvme` (16),
 * `sha256` (64). `sha256` names the content: it survives a migration.
 */
export interface Checksums {
  readonly crc32?: string;
  readonly crc64nvme?: string;
  readonly sha256?: string;
}

export type ChecksumAlgorithm = keyof Checksums;

const DIGITS: Readonly<Record<ChecksumAlgorithm, number>> = { crc32: 8, crc64nvme: 16, sha256: 64 };

/**
 * @throws StorageError `InvalidArgument` if a value is not hexadecimal of the algorithm's length, or an algorithm is
 * not known.
 */
export function checkChecksums(checksums: Checksums): void {
  for (const [algorithm, value] of Object.entries(checksums)) {
    if (!Object.hasOwn(DIGITS, algorithm)) {
      throw new StorageError(
        'InvalidArgument',
        `unknown checksum algorithm ${JSON.stringify(algorithm)}`,
      );
    }
    const digits = DIGITS[algorithm as ChecksumAlgorithm];
    const wellFormed = new RegExp(`^[0-9a-f]{${digits}}$`);
    if (value !== undefined && !(typeof value === 'string' && wellFormed.test(value))) {
      throw new StorageError(
        'InvalidArgument',
        `a ${algorithm} has ${digits} lower-case hexadecimal digits`,
      );
    }
  }
}

/**
 * CRC-32 and SHA-256 of a content that goes by in chunks; CRC-64/NVME as well, which is slower, where the content is to be
 * compared with one.
 */
export class Digest {
  #crc = 0;
  readonly #crc64nvme: Crc64Nvme | undefined;
  readonly #sha256: Hash = createHash('sha256');
  #size = 0;

  /** @param expected what the content will be compared with. */
  constructor(expected: Checksums = {}) {
    this.#crc64nvme = expected.crc64nvme === undefined ? undefined : new Crc64Nvme();
  }

  update(chunk: Uint8Array): this {
    this.#crc = crc32(chunk, this.#crc);
    this.#sha256.update(chunk);
    this.#crc64nvme?.update(chunk);
    this.#size += chunk.byteLength;
    return this;
  }

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  /** Ends the digest; to be called once. */
  checksums(): Checksums & { readonly crc32: string; readonly sha256: string } {
    return {
      crc32: hexadecimal(this.#crc),
      sha256: this.#sha256.digest('hex'),
      ...(this.#crc64nvme === undefined ? {} : { crc64nvme: this.#crc64nvme.digest() }),
    };
  }
}

/** Compares a content that goes by with what is known of it, and computes no other checksums than those. */
export class Comparison {
  readonly #expected: Checksums;
  readonly #what: string;
  #crc32 = 0;
  readonly #crc64nvme: Crc64Nvme | undefined;
  readonly #sha256: Hash | undefined;

  /** @param what is compared, for the error. */
  constructor(expected: Checksums, what: string) {
    this.#expected = expected;
    this.#what = what;
    if (expected.crc64nvme !== undefined) this.#crc64nvme = new Crc64Nvme();
    if (expected.sha256 !== undefined) this.#sha256 = createHash('sha256');
  }

  update(chunk: Uint8Array): void {
    if (this.#expected.crc32 !== undefined) this.#crc32 = crc32(chunk, this.#crc32);
    this.#crc64nvme?.update(chunk);
    this.#sha256?.update(chunk);
  }

  /**
   * To be called once, after the last chunk.
   * @throws StorageError `ChecksumMismatch` if the content is another one.
   */
  end(): void {
    const found = {
      crc32: hexadecimal(this.#crc32),
      ...(this.#crc64nvme === undefined ? {} : { crc64nvme: this.#crc64nvme.digest() }),
      ...(this.#sha256 === undefined ? {} : { sha256: this.#sha256.digest('hex') }),
    };
    compareChecksums(this.#expected, found, this.#what);
  }
}

/** Checksums that are known on both sides and differ. */
export function differingChecksums(a: Checksums, b: Checksums): ChecksumAlgorithm[] {
  return (Object.keys(DIGITS) as ChecksumAlgorithm[]).filter(
    (algorithm) =>
      a[algorithm] !== undefined && b[algorithm] !== undefined && a[algorithm] !== b[algorithm],
  );
}

/**
 * @throws StorageError `ChecksumMismatch` if the two differ in an algorithm that both know.
 */
export function compareChecksums(expected: Checksums, actual: Checksums, what: string): void {
  const [algorithm] = differingChecksums(expected, actual);
  if (algorithm === undefined) return;
  throw new StorageError(
    'ChecksumMismatch',
    `${what}: ${algorithm} is ${actual[algorithm]}, expected ${expected[algorithm]}`,
  );
}

function hexadecimal(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
