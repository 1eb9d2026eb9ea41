import type { ResolvedRange } from '@org/storage-core';

/** More ranges than any reader of a document asks for: a header with more of them is ignored, and the whole file sent. */
export const MAX_RANGES = 32;

/** Bytes of the head of a part: what lies that close together costs less in one part than in two. */
const GAP = 80;

/**
 * The parts of a file that a `Range` header asks for, https://www.rfc-editor.org/rfc/rfc9110#section-14.2: `undefined` if it is to be ignored,
 * empty if none of them is in the file. Ranges that overlap or lie close together become one, where the first of them stood.
 */
export function parseRange(header: string, size: number): readonly ResolvedRange[] | undefined {
  const [, list] = /^bytes=(.*)$/i.exec(header.trim()) ?? [];
  if (list === undefined || list.length > MAX_RANGES * 64) return undefined;
  const specs = list.split(',').map((spec) => spec.trim());
  const ranges: ResolvedRange[] = [];
  let count = 0;
  for (const spec of specs) {
    if (spec === '') continue; // lists may have empty members
    const range = resolve(spec, size);
    if (range === undefined || ++count > MAX_RANGES) return undefined;
    if (range !== 'outside') ranges.push(range);
  }
  if (count === 0) return undefined;
  return coalesced(ranges);
}

/** `undefined` of what is no range. A suffix of an empty file is within it, but no answer can say so. */
function resolve(spec: string, size: number): ResolvedRange | 'outside' | undefined {
  const [, first = '', last = ''] = /^(\d*)-(\d*)$/.exec(spec) ?? [];
  if (first === '') {
    if (last === '') return undefined;
    if (Number(last) === 0) return 'outside';
    return size === 0 ? undefined : { start: Math.max(0, size - Number(last)), end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'outside';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

function coalesced(ranges: readonly ResolvedRange[]): readonly ResolvedRange[] {
  const parts: ResolvedRange[] = [];
  for (const range of ranges) {
    let joined = range;
    let place = parts.length;
    for (let i = parts.length - 1; i >= 0; i--) {
      const part = parts[i];
      if (part === undefined || part.start > joined.end + GAP || joined.start > part.end + GAP)
        continue;
      joined = {
        start: Math.min(part.start, joined.start),
        end: Math.max(part.end, joined.end),
      };
      parts.splice(i, 1);
      place = Math.min(place, i);
      i = parts.length; // the joined one may reach further parts
    }
    parts.splice(place, 0, joined);
  }
  return parts;
}
