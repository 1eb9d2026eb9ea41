import { S3Error } from './error.js';

/** Bytes from `start`; `length` of them. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The range of a Range header within an object of `size` bytes. Undefined stands for the whole object: S3 serves all of
 * it when the header can't be read or names several ranges.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (header === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw unsatisfiable(header, size);
    return { start: size - length, length };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw unsatisfiable(header, size);
  return { start, length: end - start + 1 };
}

function unsatisfiable(header: string, size: number): S3Error {
  return new S3Error(
    'InvalidRange',
    undefined,
    { RangeRequested: header, ActualObjectSize: size },
    undefined,
    { 'content-range': `bytes */${size}` },
  );
}
