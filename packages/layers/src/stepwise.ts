/**
 * A listing whose every step goes through `step`. Left early, the listing within is ended too; after a failure it is told to end,
 * and not waited for, since it may be what does not answer.
 */
export async function* stepwise<T>(
  listing: AsyncIterable<T>,
  step: (next: () => Promise<IteratorResult<T>>) => Promise<IteratorResult<T>>,
): AsyncGenerator<T, void, undefined> {
  const iterator = listing[Symbol.asyncIterator]();
  const next = () => iterator.next();
  let failed = false;
  let ended = false;
  try {
    for (;;) {
      const result = await step(next).catch((error: unknown) => {
        failed = true;
        throw error;
      });
      if (result.done === true) {
        ended = true;
        return;
      }
      yield result.value;
    }
  } finally {
    if (failed) iterator.return?.().catch(() => {});
    else if (!ended) await iterator.return?.();
  }
}
