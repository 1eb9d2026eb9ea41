import {
  type Condition,
  carriedOptions,
  type ETag,
  type FileMetadata,
  isStorageError,
  type OperationOptions,
  type StorageProvider,
  type UploadOptions,
} from '@org/storage-core';
import { statIfThere } from '../look.js';
import { type Claim, type Claims, nameOf } from './claim.js';
import type { Conflicts } from './conflict.js';
import type { Entries } from './entries.js';
import { asDrained, isDrained } from './origin.js';

/** Times that the draining of one key is begun anew, because others changed it, before it is left for another pass. */
const ATTEMPTS = 16;

export interface DrainParts {
  readonly entries: Entries;
  readonly claims: Claims;
  readonly target: StorageProvider;
  /** Where the spool’s disk is not shared by all writers. */
  readonly conflicts: Conflicts | undefined;
  /** Of this process’s claims. */
  readonly owner: string;
}

/** What became of one key. */
export type Drained =
  | { readonly type: 'drained'; readonly file: FileMetadata; readonly size: number }
  /** There was no entry, or it is gone. */
  | { readonly type: 'nothing' }
  /** Another process drains it; the claim’s name. */
  | { readonly type: 'claimed'; readonly claim: string }
  /** Others keep changing it. */
  | { readonly type: 'contended' };

/**
 * Moves the entry of one key to the target. Any number of processes may do so at once, and each may be killed at any point.
 *
 * A slow drainer must never overwrite what came after the entry. That it writes only over the ETag that it saw does not see to
 * that: another drainer may have sent the entry, a slow writer put its file over it in the target, and this one may have
 * looked only then, when the entry was still there, but about to be removed. So all drainers of one generation write over the
 * same ETag, which the first of them claimed: only one can succeed, and none after it. If the target was changed since, and not
 * by a drainer, the entry is renewed, so that nobody can remove it who believes it sent, and claimed anew.
 *
 * A limit: where ETags name contents, as S3’s do, the claimed one may come back. A drainer whose request hangs while another drains the
 * entry replaces what is written then, if its bytes are those that the target had before the entry. For this, claims are left to
 * their owners at first. The same goes for a file that the target did not have, and that is drained and deleted meanwhile.
 *
 * @param leave whether a claim of another process is to be left to it.
 * @throws StorageError whatever the target or the spool failed with; the entry is still there.
 */
export async function drainKey(
  key: string,
  parts: DrainParts,
  leave: (claim: string) => boolean,
  options: OperationOptions,
): Promise<Drained> {
  const { entries, claims } = parts;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const entry = await entries.find(key, options);
    if (entry === undefined) return { type: 'nothing' };
    const claim = await claimed(entry, parts, options);
    if (claim === undefined) continue;
    const name = nameOf(entry);
    if (claim.owner !== parts.owner && leave(name)) return { type: 'claimed', claim: name };
    const file = await send(entry, claim.base, parts, options);
    const removed =
      file === undefined
        ? await entries.renew(entry, options).then(() => false)
        : await entries.remove(entry, options);
    await claims.drop(entry, options);
    if (removed && file !== undefined) return { type: 'drained', file, size: entry.size };
  }
  return { type: 'contended' };
}

/** `undefined` if the generation is gone. */
async function claimed(
  entry: FileMetadata,
  { claims, target, conflicts, owner }: DrainParts,
  options: OperationOptions,
): Promise<Claim | undefined> {
  const found = await claims.find(entry, options);
  if (found !== undefined) return found;
  const there = await statIfThere(target, entry.key, options.signal);
  await conflicts?.keep(entry, there, options);
  return claims.make(entry, { base: there?.etag ?? null, owner }, options);
}

/** `undefined` if this generation can’t be sent: the target has been changed, or the entry. */
async function send(
  entry: FileMetadata,
  base: ETag | null,
  { entries, target }: DrainParts,
  { signal }: OperationOptions,
): Promise<FileMetadata | undefined> {
  const condition: Condition = base === null ? { type: 'absent' } : { type: 'match', etag: base };
  // Opened only now: where the entry was gone when it was claimed, the claim may be of something newer.
  const opened = await entries.open(entry, { signal });
  if (opened === undefined) return undefined;
  const tags =
    target.capabilities.tags === 'absent' ? undefined : await tagsOf(entries.store, entry, signal);
  const options: UploadOptions = {
    ...carriedOptions(entry),
    metadata: asDrained(entry),
    ...(tags === undefined ? {} : { tags }),
    condition,
    signal,
  };
  try {
    return await target.upload(entry.key, opened.body, options);
  } catch (error) {
    if (!isStorageError(error, 'PreconditionFailed') && !isStorageError(error, 'AlreadyExists'))
      throw error;
    // By another drainer, or by a request of this one whose answer was lost?
    const there = await statIfThere(target, entry.key, signal);
    return there !== undefined && isDrained(there, entry.etag) ? there : undefined;
  } finally {
    opened.body.destroy();
  }
}

async function tagsOf(
  store: StorageProvider,
  { key }: FileMetadata,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, string>> | undefined> {
  const tags = await store.tags?.get(key, { signal }).catch((error: unknown) => {
    if (!isStorageError(error, 'NotFound')) throw error;
  });
  return tags && Object.keys(tags).length > 0 ? tags : undefined;
}
