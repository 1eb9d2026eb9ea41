import { type Checksums, type Key, parseKey } from '@org/storage-core';

/**
 * What is stored about one generation of a file, beside its body. It is kept in a file of its own, named after the key and
 * the identity of the body. It is complete before the body gets its name and goes after the body has lost it, so
 * that whoever has opened a body finds its metadata, or sees that the body was replaced.
 */
export interface Generation {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksums: Checksums;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Name of the staging file that the body was: while that exists, the generation may still be published. */
  readonly staging: string;
}

/** Checks what was read from the disk; `undefined` if it is not what `writeGeneration` writes. */
export function parseGeneration(text: string): Generation | undefined {
  try {
    return generationFrom(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @throws StorageError `InvalidKey`. */
export function generationFrom(value: unknown): Generation | undefined {
  if (!isRecord(value)) return undefined;
  const {
    key,
    size,
    contentType,
    cacheControl,
    contentDisposition,
    metadata,
    checksums,
    tags,
    staging,
  } = value;
  if (typeof key !== 'string' || typeof size !== 'number' || typeof contentType !== 'string')
    return undefined;
  if (!isTexts(metadata) || !isTexts(checksums) || typeof staging !== 'string') return undefined;
  return {
    key: parseKey(key),
    size,
    contentType,
    metadata,
    checksums,
    staging,
    ...(isTexts(tags) ? { tags } : {}),
    ...(typeof cacheControl === 'string' ? { cacheControl } : {}),
    ...(typeof contentDisposition === 'string' ? { contentDisposition } : {}),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}
