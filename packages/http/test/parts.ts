import { expect } from 'vitest';
import type { RawAnswer } from './serve.js';

export interface Part {
  /** As `Content-Range` has it. */
  readonly range: string;
  readonly content: Buffer;
}

/** The parts of a 206, taken apart as strictly as RFC 2046 has them, and nothing besides. */
export function parsedParts({ headers, body }: RawAnswer): readonly Part[] {
  const type = headers['content-type'] ?? '';
  const [, boundary] = /^multipart\/byteranges; ?boundary=(\S+)$/.exec(type) ?? [];
  if (boundary === undefined) return [{ range: headers['content-range'] ?? '', content: body }];
  expect(headers['content-range']).toBeUndefined();
  const parts: Part[] = [];
  const delimiter = `\r\n--${boundary}`;
  let at = 0;
  for (;;) {
    expect(body.subarray(at, at + delimiter.length).toString()).toBe(delimiter);
    at += delimiter.length;
    if (body.subarray(at).toString() === '--\r\n') return parts;
    const end = body.indexOf('\r\n\r\n', at);
    const head = body.subarray(at, end).toString('latin1');
    const [, range = ''] = /\r\ncontent-range: (bytes \d+-\d+\/\d+)/i.exec(head) ?? [];
    expect(head).toMatch(/\r\ncontent-type: \S+/i);
    const [, first = '', last = ''] = /(\d+)-(\d+)/.exec(range) ?? [];
    const start = end + 4;
    at = start + Number(last) - Number(first) + 1;
    parts.push({ range, content: body.subarray(start, at) });
  }
}
