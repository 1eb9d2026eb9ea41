import { createHash, type Hash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  type Checksums,
  compareChecksums,
  type ExpectedContent,
  StorageError,
} from '@org/storage-core';
import { checkSize } from './content.js';
import { CombinedCrc, CRC32, CRC64NVME } from './crc-combination.js';
import type { PartMemory } from './part-memory.js';
import { MAX_PARTS } from './part-size.js';
import { checksumOf } from './sent-checksum.js';
import type { Source } from './source.js';

type KnownChecksums = Checksums & { readonly crc32: string };

/** A piece of a content. */
export interface ContentPart {
  /** From 1. */
  readonly number: number;
  /** Good until the memory that they are in is used for another part. */
  readonly bytes: Uint8Array;
  /** Of these bytes. */
  readonly checksums: KnownChecksums;
}

/** What a content turned out to be. */
export interface Seen {
  /** Bytes. */
  readonly size: number;
  readonly checksums: KnownChecksums;
}

/** Cuts a content into parts, and checks it meanwhile. */
export class ContentParts {
  readonly #content: Uint8Array | Source;
  readonly #partSize: number;
  readonly #expected: ExpectedContent;
  readonly #what: string;
  readonly #crc32 = new CombinedCrc(CRC32);
  readonly #crc64nvme: CombinedCrc | undefined;
  readonly #sha256: Hash | undefined;
  #size = 0;
  #number = 0;
  #last: Promise<ContentPart | undefined> = Promise.resolve(undefined);
  #seen: Seen | undefined;

  /**
   * @param partSize bytes of all parts but the last.
   * @param also checksums to compute beside CRC-32 and those that are expected.
   */
  constructor(
    content: Uint8Array | Source,
    partSize: number,
    expected: ExpectedContent,
    what: string,
    also: readonly ChecksumAlgorithm[],
  ) {
    this.#content = content;
    this.#partSize = partSize;
    this.#expected = expected;
    this.#what = what;
    const { crc64nvme, sha256 } = expected.checksums ?? {};
    if (crc64nvme !== undefined || also.includes('crc64nvme'))
      this.#crc64nvme = new CombinedCrc(CRC64NVME);
    if (sha256 !== undefined || also.includes('sha256')) this.#sha256 = createHash('sha256');
  }

  /**
   * The next part; `undefined` after the last one. Several may ask at once: they get the parts in the order they asked in.
   * @param memory where the part is put together, if it is not in memory already.
   * @throws StorageError `ChecksumMismatch` if the content is not the expected one, `TooLarge` if it does not fit into
   * 10,000 parts; from then on, every time.
   */
  next(memory: PartMemory): Promise<ContentPart | undefined> {
    this.#last = this.#last.then(() => this.#cut(memory));
    return this.#last;
  }

  /** What the content turned out to be: the expected one; `undefined` as long as it has not ended. */
  get seen(): Seen | undefined {
    return this.#seen;
  }

  async #cut(memory: PartMemory): Promise<ContentPart | undefined> {
    if (this.#seen !== undefined) return undefined;
    const bytes =
      this.#content instanceof Uint8Array
        ? this.#content.subarray(this.#size, this.#size + this.#partSize)
        : await this.#read(this.#content, memory);
    if (bytes.byteLength > 0) return this.#part(bytes);
    this.#seen = this.#checked();
    return undefined;
  }

  async #read(source: Source, memory: PartMemory): Promise<Uint8Array> {
    memory.clear();
    const { size: expected = Number.POSITIVE_INFINITY } = this.#expected;
    await source.read((chunk) => {
      const fitting = memory.add(chunk);
      if (fitting < chunk.byteLength) source.putBack(chunk.subarray(fitting));
      const size = this.#size + memory.size;
      if (size > expected) checkSize(expected, size, this.#what);
      return !memory.full;
    });
    return memory.bytes;
  }

  #part(bytes: Uint8Array): ContentPart {
    const number = ++this.#number;
    if (number > MAX_PARTS) throw tooLarge(this.#what, this.#partSize);
    this.#size += bytes.byteLength;
    this.#sha256?.update(bytes);
    const crc32 = checksumOf('crc32', bytes);
    this.#crc32.append(crc32, bytes.byteLength);
    if (this.#crc64nvme === undefined) return { number, bytes, checksums: { crc32 } };
    const crc64nvme = checksumOf('crc64nvme', bytes);
    this.#crc64nvme.append(crc64nvme, bytes.byteLength);
    return { number, bytes, checksums: { crc32, crc64nvme } };
  }

  #checked(): Seen {
    const { size, checksums = {} } = this.#expected;
    checkSize(size, this.#size, this.#what);
    const found = {
      crc32: this.#crc32.digest(),
      ...(this.#crc64nvme === undefined ? {} : { crc64nvme: this.#crc64nvme.digest() }),
      ...(this.#sha256 === undefined ? {} : { sha256: this.#sha256.digest('hex') }),
    };
    compareChecksums(checksums, found, this.#what);
    return { size: this.#size, checksums: found };
  }
}

function tooLarge(what: string, partSize: number): StorageError {
  return new StorageError(
    'TooLarge',
    `${what} has more than ${partSize * MAX_PARTS} bytes, ${MAX_PARTS} parts; announce contentLength, or set a larger partSize`,
  );
}
