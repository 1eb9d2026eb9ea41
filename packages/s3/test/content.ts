import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';

/** Bytes that don't repeat in a way that hides a part in the wrong place. */
export function bytes(size: number): Buffer {
  const content = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) content.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  return content;
}

export function checksumsOf(content: Uint8Array): { crc32: string; sha256: string } {
  return {
    crc32: crc32(content).toString(16).padStart(8, '0'),
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

/** A stream of the content, in chunks of 64 KiB. */
export function streamed(content: Uint8Array): Readable {
  return Readable.from(chunksOf(content), { objectMode: false });
}

export function* chunksOf(content: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < content.byteLength; i += 65_536) yield content.subarray(i, i + 65_536);
}

/** A stream that gives the content, and then neither ends nor fails. `drained` resolves when all of it was taken. */
export function stalling(content: Uint8Array): { body: Readable; drained: Promise<void> } {
  const chunks = chunksOf(content);
  let tell = () => {};
  const drained = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const body = new Readable({
    read() {
      const { done, value } = chunks.next();
      if (done) tell();
      else this.push(value);
    },
  });
  return { body, drained };
}

/** A stream that gives the content, and then fails. */
export function failing(content: Uint8Array, error: Error): Readable {
  return Readable.from(
    (function* () {
      yield* chunksOf(content);
      throw error;
    })(),
    { objectMode: false },
  );
}
