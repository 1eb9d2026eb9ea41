import {
  checkTags,
  checkVersionOptions,
  type FileTags,
  type OperationOptions,
  parseKey,
  refuseAbsent,
  type StorageProvider,
  type VersionOptions,
} from '@org/storage-core';
import type { Entries } from './entries.js';
import type { Overlay } from './overlay.js';
import type { Writes } from './write.js';

interface TagParts {
  readonly entries: Entries;
  readonly target: StorageProvider;
  readonly overlay: Overlay;
  readonly writes: Writes;
  readonly capabilities: () => StorageProvider['capabilities'];
  run<T>(
    operation: string,
    key: string,
    options: OperationOptions,
    check: () => void,
    run: () => Promise<T>,
  ): Promise<T>;
}

/** The tags of an entry are its store’s. `undefined` where the target or the store has none. */
export function spooledTags(parts: TagParts): FileTags | undefined {
  const { entries, target, overlay, writes, run } = parts;
  const { tags: upper } = entries.store;
  const { tags: lower } = target;
  if (upper === undefined || lower === undefined) return undefined;
  const checkPlace = (key: string, options: VersionOptions) => {
    parseKey(key);
    checkVersionOptions(options);
    refuseAbsent(parts.capabilities(), { versions: options.versionId });
  };
  const set = async (
    key: string,
    tags: Readonly<Record<string, string>>,
    options: VersionOptions,
  ) => {
    for (;;) {
      const entry = await entries.find(key, options);
      if (entry === undefined) {
        await lower.set(key, tags, options);
        return writes.afterwards(key);
      }
      await upper.set(key, tags, options);
      // Tags change no ETag: a drainer that read them before must not remove the entry.
      if (await entries.renew(entry, options)) return;
    }
  };
  return {
    get: (key, options = {}) =>
      run(
        'getTags',
        key,
        options,
        () => checkPlace(key, options),
        () =>
          overlay.read(key, options, {
            entry: () => upper.get(key, options),
            target: () => lower.get(key, options),
          }),
      ),
    set: (key, tags, options = {}) => {
      const check = () => {
        checkPlace(key, options);
        checkTags(tags);
      };
      return run('setTags', key, options, check, () => set(key, tags, options));
    },
  };
}
