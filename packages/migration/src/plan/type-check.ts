import { contentTypeOf, isStorageError, type Key, type StorageProvider } from '@org/storage-core';
import type { ProblemCounter } from './problem.js';
import type { Sample } from './sample.js';

/** The content type of a file by its first bytes, or what its name says where they say nothing better. */
export type TypeOf = (key: Key, bytes: Uint8Array) => Promise<string>;

/** Bytes that formats are told from. */
const BEGINNING = 4100;

/**
 * Compares what the bytes of a sample are with what the names say.
 * @returns how many files were looked at.
 */
export async function checkTypes(
  sample: Sample,
  options: {
    readonly source: StorageProvider;
    readonly problems: ProblemCounter;
    readonly typeOf?: TypeOf | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<number> {
  const { source, problems, typeOf, signal } = options;
  if (typeOf === undefined) return 0;
  let looked = 0;
  for (const { key, size } of sample.classes().flat()) {
    if (size === 0) continue;
    const bytes = await beginningOf(source, key, Math.min(size, BEGINNING), signal);
    if (bytes === undefined) continue;
    looked++;
    const [byName, byBytes] = [contentTypeOf(key), await typeOf(key, bytes)];
    if (byName === byBytes) continue;
    const detail = `its bytes are ${byBytes}, its name says ${byName}`;
    problems.add({ kind: 'other-type', path: key, detail });
  }
  return looked;
}

/** `undefined` if it can't be read: that is another check's to find. */
async function beginningOf(
  source: StorageProvider,
  key: Key,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const range = { start: 0, end: length - 1 };
    const { body } = await source.download(key, { range, signal });
    return Buffer.concat(await body.toArray());
  } catch (error) {
    if (isStorageError(error) && !signal?.aborted) return undefined;
    throw error;
  }
}
