import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import {
  type Download,
  type FileMetadata,
  isStorageError,
  type ListEntry,
  type ListOptions,
  readAll,
  type StorageError,
  type StorageErrorCode,
  type StorageProvider,
} from '@org/storage-core';
import type { ConformanceContext } from './harness.js';

/** Waits for the rejection of `promise` with a `StorageError` of one of the codes. */
export async function rejected(
  context: ConformanceContext,
  promise: Promise<unknown>,
  codes: StorageErrorCode | readonly StorageErrorCode[],
  what: string,
): Promise<StorageError> {
  const outcome = await context.settled(
    promise.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    what,
  );
  assert.ok(outcome, `${what} was not refused`);
  return assertStorageError(outcome.error, codes, what);
}

export function assertStorageError(
  error: unknown,
  codes: StorageErrorCode | readonly StorageErrorCode[],
  what: string,
): StorageError {
  assert.ok(isStorageError(error), `${what} failed with ${show(error)}, which is no StorageError`);
  const allowed = [codes].flat();
  assert.ok(
    allowed.includes(error.code),
    `${what} failed with ${error.code} (${error.message}) instead of ${allowed.join(' or ')}`,
  );
  return error;
}

/** Every way to look at the key shows this content, with the same metadata; returns them. */
export async function assertFile(
  context: ConformanceContext,
  key: string,
  content: Uint8Array,
  provider: StorageProvider = context.provider,
): Promise<FileMetadata> {
  const { metadata, body } = await provider.download(key);
  const read = await context.settled(readAll(body), `reading ${JSON.stringify(key)}`);
  assertBytes(read, content, `the content of ${JSON.stringify(key)}`);
  assert.equal(metadata.key, key, 'metadata.key');
  assert.equal(metadata.size, content.byteLength, 'metadata.size');
  const stat = await provider.stat(key);
  assertSameFile(stat, metadata, 'stat and download');
  assert.equal(await provider.exists(key), true, `exists(${JSON.stringify(key)})`);
  return metadata;
}

export async function assertAbsent(
  context: ConformanceContext,
  key: string,
  provider: StorageProvider = context.provider,
): Promise<void> {
  const shown = JSON.stringify(key);
  assert.equal(await provider.exists(key), false, `exists(${shown})`);
  await rejected(context, provider.stat(key), 'NotFound', `stat of ${shown}`);
  await rejected(context, provider.download(key), 'NotFound', `download of ${shown}`);
  const listed = await listAll(provider);
  assert.ok(!listed.some((entry) => nameOf(entry) === key), `${shown} is listed`);
}

/** Nothing of a failed upload is left, where the harness can tell. */
export async function assertNoLeftovers(context: ConformanceContext): Promise<void> {
  assert.deepEqual([...(await context.leftovers())], [], 'left behind by unfinished uploads');
}

/**
 * Milliseconds by which two tellings of one file's time may differ: HTTP headers carry seconds, and the answer to an upload may
 * tell the server's clock, which ticks on meanwhile.
 */
const SAME_TIME = 2_000;

/** The same in all that every operation tells. */
export function assertSameFile(a: FileMetadata, b: FileMetadata, what: string): void {
  const comparable = ({ lastModified: _time, checksums: _, ...rest }: FileMetadata) => ({
    ...rest,
    metadata: { ...rest.metadata },
  });
  assert.deepEqual(comparable(a), comparable(b), `${what} differ`);
  const apart = 1000 * Math.abs(seconds(a.lastModified) - seconds(b.lastModified));
  assert.ok(apart <= SAME_TIME, `${what} differ by ${apart} ms in lastModified`);
}

export function seconds(time: Date): number {
  assert.ok(time instanceof Date && !Number.isNaN(time.getTime()), 'lastModified is no date');
  return Math.floor(time.getTime() / 1000);
}

/** Compares contents without printing megabytes. */
export function assertBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(actual.byteLength, expected.byteLength, `${what}: length`);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.fail(`${what} differs from byte ${at} on`);
}

export async function contentOf(download: Promise<Download>): Promise<Buffer> {
  return readAll((await download).body);
}

export function listAll(provider: StorageProvider, options?: ListOptions): Promise<ListEntry[]> {
  return collected(provider.list(options));
}

export async function collected<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

/** The key or the prefix. */
export function nameOf(entry: ListEntry): string {
  return entry.type === 'file' ? entry.key : entry.prefix;
}

export async function listNames(
  provider: StorageProvider,
  options?: ListOptions,
): Promise<string[]> {
  return (await listAll(provider, options)).map(nameOf);
}

/** Waits, in turns of the event loop, for something that follows from what has ended. */
export async function eventually(
  condition: () => boolean,
  what: string | (() => string),
): Promise<void> {
  const TURNS = 200;
  for (let turn = 0; turn < TURNS && !condition(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, turn < 100 ? 0 : 10));
  }
  assert.ok(condition(), typeof what === 'string' ? what : what());
}

/** Destroys a body that was not read to its end, and waits until it is closed. */
export async function release(context: ConformanceContext, body: Readable): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    if (body.closed) resolve();
    else body.once('close', () => resolve());
  });
  body.on('error', () => {}); // destroyed while under way
  body.destroy();
  await context.settled(closed, 'closing a destroyed body');
}

/** Runs the tasks, at most `limit` of them at once. */
export async function inParallel<T, R>(
  items: Iterable<T>,
  limit: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items].entries();
  const worker = async () => {
    for (const [i, item] of queue) results[i] = await task(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}

function show(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
