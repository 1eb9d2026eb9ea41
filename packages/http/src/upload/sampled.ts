/** A content of which the beginning is known. */
export interface SampledContent {
  /** Its first bytes; all, if there are no more. */
  readonly sample: Uint8Array;
  /** The whole, in place of the one that was looked at. */
  readonly content: AsyncGenerator<Uint8Array, void, undefined>;
}

/** Looks at the first bytes of a content. Nothing is lost. */
export async function sampled(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<SampledContent> {
  const chunks = source[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < bytes) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    first.push(value);
    size += value.byteLength;
  }
  return { sample: Buffer.concat(first).subarray(0, bytes), content: continued(first, chunks) };
}

async function* continued(
  first: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* first;
    while (true) {
      const { done, value } = await chunks.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}
