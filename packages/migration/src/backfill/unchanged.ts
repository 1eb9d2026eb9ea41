import { Readable } from 'node:stream';

/**
 * The same bytes, but for the last chunk, which is held back until `confirm` has resolved: if the content turns out to
 * have changed while it was read, the stream fails before anything that was sent can become visible.
 * Destroying the stream destroys `body`, also when nothing was read of it.
 */
export function heldBack(body: Readable, confirm: () => Promise<void>): Readable {
  const stream = Readable.from(chunks(body, confirm), { objectMode: false });
  stream.once('close', () => body.destroy());
  return stream;
}

async function* chunks(body: AsyncIterable<Uint8Array>, confirm: () => Promise<void>) {
  let held: Uint8Array | undefined;
  for await (const chunk of body) {
    if (held !== undefined) yield held;
    held = chunk;
  }
  await confirm();
  if (held !== undefined) yield held;
}
