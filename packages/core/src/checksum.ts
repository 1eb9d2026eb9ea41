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
      crc32: this.#crc.toString(16).padStart(8, '0'),
      sha256: this.#sha256.digest('hex'),
      ...(this.#crc64nvme === undefined ? {} : { crc64nvme: this.#crc64nvme.digest() }),
    };
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
