/**
 * Runs `work` on the items of one source, `size` at a time. The first error stops the taking of items, and is thrown when
 * the work in flight has ended.
 */
export async function forEach<T>(
  items: AsyncIterable<T>,
  size: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let failed = false;
  const worker = async () => {
    while (!failed) {
      const next = await iterator.next(); // an async generator answers concurrent calls in turn
      if (next.done) return;
      await work(next.value);
    }
  };
  const results = await Promise.allSettled(
    Array.from({ length: size }, () =>
      worker().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  await iterator.return?.();
  const rejected = results.find((result) => result.status === 'rejected');
  if (rejected !== undefined) throw rejected.reason;
}
