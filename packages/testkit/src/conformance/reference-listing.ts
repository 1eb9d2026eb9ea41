import type { ListOptions } from '@org/storage-core';

/** What a listing of these keys has to give, worked out on their bytes and in the plainest way. */
export function referenceListing(
  keys: readonly string[],
  { prefix = '', delimiter, startAfter }: ListOptions = {},
): string[] {
  const names = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + 1);
    });
  return inByteOrder([...new Set(names)]).filter(
    (name) => startAfter === undefined || Buffer.compare(utf8(name), utf8(startAfter)) > 0,
  );
}

export function inByteOrder(texts: readonly string[]): string[] {
  return [...texts].sort((a, b) => Buffer.compare(utf8(a), utf8(b)));
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}
