import type { StorageProvider } from '@org/storage-core';
import { type CopyOptions, carriedOptions, type FileMetadata } from '@org/storage-core';
import type { Entries } from './entries.js';
import type { Overlay } from './overlay.js';
import type { Writes } from './write.js';

interface CopyParts {
  readonly entries: Entries;
  readonly overlay: Overlay;
  readonly writes: Writes;
  /** What the copy is written with. */
  readonly provider: Pick<StorageProvider, 'upload' | 'tags'>;
}

/** Copies within the target where neither file is in the spool; else through this process. */
export async function copySpooled(
  { entries, overlay, writes, provider }: CopyParts,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<FileMetadata> {
  const { condition, sourceCondition, signal } = options;
  const waits = async (key: string) => (await entries.find(key, { signal })) !== undefined;
  if (!(await waits(from)) && !(await waits(to))) return writes.copy(from, to, options);
  const { metadata, body } = await overlay.open(from, {
    ...(sourceCondition === undefined ? {} : { condition: sourceCondition }),
    signal,
  });
  try {
    const tags = await provider.tags?.get(from, { signal });
    return await provider.upload(to, body, {
      ...carriedOptions(metadata),
      ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }),
      ...(condition === undefined ? {} : { condition }),
      signal,
    });
  } finally {
    body.destroy();
  }
}
