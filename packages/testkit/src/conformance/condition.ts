import type { ETag } from '@org/storage-core';
import type { ConformanceContext } from './harness.js';

export const ABSENT = { type: 'absent' } as const;

export const match = (etag: ETag) => ({ type: 'match', etag }) as const;

/** An ETag that the key had once, and has no more: now it has the content. */
export async function staleETag(
  { provider }: ConformanceContext,
  key: string,
  content: Uint8Array,
): Promise<ETag> {
  const { etag } = await provider.upload(key, 'what was there before');
  await provider.upload(key, content);
  return etag;
}
