import { type Key, keyProblem } from '@org/storage-core';

/** How a table writes keys. `keyOf(valueOf(key))` is the key. A table is checked only if values sort as their keys do. */
export interface KeyMapping {
  valueOf(key: Key): string;
  /** `undefined` for a value that stands for no key. */
  keyOf(value: string): string | undefined;
}

/** For a table that writes the same text before every key, such as `/uploads/`. */
export function prefixedKeys(prefix: string): KeyMapping {
  return {
    valueOf: (key) => prefix + key,
    keyOf: (value) => (value.startsWith(prefix) ? value.slice(prefix.length) : undefined),
  };
}

export function parsedKey(mapping: KeyMapping, value: string): Key | undefined {
  const key = mapping.keyOf(value);
  return key === undefined || keyProblem(key) !== undefined ? undefined : (key as Key);
}
