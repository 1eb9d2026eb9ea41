import {
  compareKeys,
  HEALTH_PREFIX,
  isHealthKey,
  type ListEntry,
  type ListOptions,
  throwIfAborted,
} from '@org/storage-core';
import type { ExampleStore } from './store.js';

/** Files, and with a delimiter what they have in common as one entry, in the order of the keys' UTF-8 bytes. */
export async function* listFiles(
  store: ExampleStore,
  options: ListOptions,
): AsyncGenerator<ListEntry> {
  const { prefix = '', delimiter, startAfter, signal } = options;
  const keys = [...(await store.keys(prefix))].sort(compareKeys);
  let group: string | undefined;
  for (const key of keys) {
    throwIfAborted(signal);
    if (isHealthKey(key) && !prefix.startsWith(HEALTH_PREFIX)) continue;
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + 1);
    if (name === group) continue;
    if (startAfter !== undefined && compareKeys(name, startAfter) <= 0) continue;
    if (end >= 0) {
      group = name;
      yield { type: 'prefix', prefix: name };
      continue;
    }
    const file = await store.get(key);
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
