import { HEALTH_PREFIX, isHealthKey } from './health-key.js';
import { compareKeys } from './key.js';
import type { ListEntry, ListOptions } from './list-entry.js';
import type { MemoryFiles } from './memory-files.js';

/** The current files, ordered; what has a delimiter behind the prefix as one entry. */
export function* listFiles(files: MemoryFiles, options: ListOptions): Generator<ListEntry> {
  const { prefix = '', delimiter, startAfter } = options;
  let group: string | undefined;
  for (const key of files.keys()) {
    if (!key.startsWith(prefix)) continue;
    if (isHealthKey(key) && !prefix.startsWith(HEALTH_PREFIX)) continue;
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + 1);
    if (name === group || (startAfter !== undefined && compareKeys(name, startAfter) <= 0))
      continue;
    if (end >= 0) {
      group = name;
      yield { type: 'prefix', prefix: name };
      continue;
    }
    const file = files.current(key);
    if (file === undefined) continue; // deleted since the listing began
    const { size, etag, lastModified } = file.metadata;
    yield {
      type: 'file',
      key: file.metadata.key,
      size,
      etag,
      lastModified: new Date(lastModified),
    };
  }
}
