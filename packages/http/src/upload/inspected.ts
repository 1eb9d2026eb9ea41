import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';

/**
 * A content that `inspect` sees while it goes by, at the pace of the slower of the two. The last chunk is held back until `inspect` has
 * resolved: whoever stores the content has not got all of it before, and gets an error in its place where `inspect` refuses.
 */
export async function* inspected(
  content: AsyncIterable<Uint8Array>,
  inspect: (content: Readable) => void | Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const shown = new PassThrough();
  shown.on('error', () => {});
  const end = () => shown.destroy();
  signal.addEventListener('abort', end, { once: true });
  let decided = false;
  const verdict = (async () => {
    try {
      await inspect(shown);
    } finally {
      decided = true;
    }
  })();
  verdict.catch(() => {}); // thrown below
  let held: Uint8Array | undefined;
  try {
    for await (const chunk of content) {
      if (!decided && !shown.destroyed && !shown.write(chunk)) await room(shown, verdict);
      if (decided) await verdict;
      if (held !== undefined) yield held;
      held = chunk;
    }
    shown.end();
    await verdict;
    if (held !== undefined) yield held;
  } catch (error) {
    shown.destroy(error instanceof Error ? error : undefined); // what was seen so far is not all
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
    shown.destroy();
  }
}

/** Until the stream takes more, or nobody wants more. */
async function room(stream: PassThrough, verdict: Promise<void>): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([
      once(stream, 'drain', { signal }),
      once(stream, 'close', { signal }),
      verdict,
    ]);
  } finally {
    settled.abort();
  }
}
