import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ResolvedRange } from '@org/storage-core';

export interface ByteRanges {
  readonly contentType: string;
  /** Bytes. */
  readonly contentLength: number;
  readonly body: Readable;
}

/** Several parts of a file as one body, https://www.rfc-editor.org/rfc/rfc9110#section-14.6. One of them is open at a time. */
export function byteRanges(
  parts: readonly ResolvedRange[],
  { contentType, size }: { readonly contentType: string; readonly size: number },
  first: Readable,
  open: (range: ResolvedRange) => Promise<Readable>,
): ByteRanges {
  const boundary = randomUUID();
  const heads = parts.map(({ start, end }) =>
    Buffer.from(
      `\r\n--${boundary}\r\ncontent-type: ${contentType}\r\ncontent-range: bytes ${start}-${end}/${size}\r\n\r\n`,
    ),
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const contentLength = parts.reduce(
    (sum, { start, end }, i) => sum + (heads[i]?.byteLength ?? 0) + end - start + 1,
    tail.byteLength,
  );

  let current = first;
  async function* content(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const [i, part] of parts.entries()) {
      yield heads[i] ?? tail;
      if (i > 0) current = await open(part);
      yield* current;
    }
    yield tail;
  }
  const body = Readable.from(content(), { objectMode: false });
  body.once('close', () => current.destroy()); // one that was opened and not read
  return { contentType: `multipart/byteranges; boundary=${boundary}`, contentLength, body };
}
