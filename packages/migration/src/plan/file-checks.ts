import type { ListedFile } from '@org/storage-core';
import { CLOCK_TOLERANCE } from './inventory.js';
import type { PlanProblem } from './problem.js';

/** What a file of the listing is checked against. */
export interface FileLimits {
  /** Bytes that a key may have, with the target's prefix. */
  readonly keyBytes: number;
  /** Of the target's prefix. */
  readonly prefixBytes: number;
  /** Bytes that the target takes as one file. */
  readonly fileBytes: number;
  /** Bytes that the target creates conditionally; more only in parts, without a condition. */
  readonly conditionalBytes: number;
  /** Milliseconds before the listing within which a file counts as just written. */
  readonly justWritten: number;
}

/** @param now the time of the source's clock, in milliseconds since 1970. */
export function* checkFile(
  { key, size, lastModified }: ListedFile,
  limits: FileLimits,
  now: number,
): Generator<PlanProblem> {
  const { keyBytes, prefixBytes, fileBytes, conditionalBytes, justWritten } = limits;
  const bytes = Buffer.byteLength(key) + prefixBytes;
  if (bytes > keyBytes) {
    const detail = `with the prefix, its key has ${bytes} bytes of UTF-8; ${keyBytes} are allowed`;
    yield { kind: 'long-key', path: key, detail };
  }
  if (size > fileBytes) {
    const detail = `it has ${size} bytes; the target takes ${fileBytes}`;
    yield { kind: 'too-large', path: key, detail };
  } else if (size > conditionalBytes) {
    const detail = `it has ${size} bytes; the target creates files conditionally up to ${conditionalBytes}`;
    yield { kind: 'unconditional-parts', path: key, detail };
  }
  const age = now - lastModified.getTime();
  if (age < justWritten && age >= -CLOCK_TOLERANCE) {
    const detail = `written at ${lastModified.toISOString()}, ${Math.max(0, Math.round(age / 1000))} s before`;
    yield { kind: 'just-written', path: key, detail };
  }
}
