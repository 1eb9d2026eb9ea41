import { Readable } from 'node:stream';
import type { ResolvedRange } from '@org/storage-core';
import { type RangeSource, readRange, ShortBody } from './range-reader.js';

/**
 * The bytes of a range: those of a first body as they come, and, where that breaks, those that {@link readRange} gets. Most
 * bodies don't break, and small ones are not to pay for what it takes to go on.
 */
export function continuedBody(
  source: RangeSource,
  { start, end }: ResolvedRange,
  first: Readable,
): Readable {
  const { signal } = source;
  let position = start;
  let current = first;
  let wanted = false;
  const body = new Readable({
    read() {
      wanted = true;
      current.resume();
    },
    destroy(error, done) {
      signal.removeEventListener('abort', stop);
      current.destroy();
      done(error);
    },
  });
  const stop = () => first.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });

  const pass = (from: Readable, fail: (error: unknown) => void) => {
    from.pause(); // else listening for its data would make it flow before anyone reads
    from.on('data', (chunk: Uint8Array) => {
      position += chunk.byteLength;
      wanted = body.push(chunk);
      if (!wanted) from.pause();
    });
    from.on('end', () => {
      if (position > end) body.push(null);
      else fail(new ShortBody());
    });
    from.on('error', fail);
    from.on('close', () => {
      if (!from.readableEnded) fail(new ShortBody());
    });
  };
  const goOn = (broken: unknown) => {
    if (current !== first || body.destroyed) return;
    const rest = readRange(source, { start: position, end }, undefined, broken);
    current = Readable.from(rest, { objectMode: false });
    pass(current, (error) => body.destroy(error as Error));
    if (wanted) current.resume();
  };
  pass(first, goOn);
  if (signal.aborted) stop();
  return body;
}
