import { randomBytes } from 'node:crypto';
import { readAll } from './body.js';
import { StorageError } from './error.js';
import { HEALTH_PREFIX, isHealthKey } from './health-key.js';
import type { FileMetadata } from './metadata.js';
import type { StorageProvider } from './provider.js';

/** Milliseconds after which one belongs to no check that is under way. */
const ABANDONED = 60 * 60_000;

/** How many a sweep removes at most. */
const SWEPT_AT_ONCE = 100;

/**
 * Creates a file, reads it back, and deletes that version of it: with conditions, where the store knows them.
 * @returns what was written.
 * @throws StorageError of the step that failed; `ChecksumMismatch` if something else is read than was written.
 */
export async function tryFile(
  provider: StorageProvider,
  key: string,
  signal: AbortSignal,
): Promise<FileMetadata> {
  const { conditionalCreate, conditionalDelete } = provider.capabilities;
  const content = randomBytes(32).toString('hex');
  const written = await provider.upload(key, content, {
    signal,
    ...(conditionalCreate === 'absent' ? {} : { condition: { type: 'absent' } }),
  });
  const { body, metadata } = await provider.download(key, { signal });
  const read = await readAll(body);
  if (read.toString() !== content)
    throw new StorageError(
      'ChecksumMismatch',
      `a health check has read something else from ${provider.name} than it had written: another store answers, or it damages content; compare the files by a verification`,
      { operation: 'checkHealth', provider: provider.name, key },
    );
  await provider.delete(key, {
    signal,
    ...(conditionalDelete === 'absent'
      ? {}
      : { condition: { type: 'match', etag: metadata.etag } }),
  });
  return written;
}

/**
 * Removes what checks have left that were killed more than an hour ago. Best effort: what is left does no harm.
 * @param now by the store's clock, which has dated them.
 */
export async function sweepTrials(
  provider: StorageProvider,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  let swept = 0;
  for await (const entry of provider.list({ prefix: HEALTH_PREFIX, signal })) {
    if (entry.type !== 'file' || !isHealthKey(entry.key)) continue;
    if (entry.lastModified.getTime() > now.getTime() - ABANDONED) continue;
    await provider.delete(entry.key, { signal });
    if (++swept === SWEPT_AT_ONCE) return;
  }
}
