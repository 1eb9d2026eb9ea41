/** Who may begin. */
export interface Places {
  /** Waits for a place. @returns `false` if nothing is to be begun any more. */
  enter(): Promise<boolean>;
  /** Gives a place back. */
  leave(): void;
  /** From now on nobody enters; who waits is told so. */
  close(): void;
}

/**
 * Runs `work` on the items of one source, as many at a time as there are places. An item is taken when there is a place for it. The
 * first error stops the taking of items, and is thrown when the work in flight has ended.
 */
export async function forEach<T>(
  items: AsyncIterable<T>,
  size: number | Places,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const places = typeof size === 'number' ? new FixedPlaces(size) : size;
  const iterator = items[Symbol.asyncIterator]();
  const underWay = new Set<Promise<void>>();
  let failure: { readonly reason: unknown } | undefined;
  const fail = (reason: unknown) => {
    failure ??= { reason };
    places.close();
  };
  const begin = (item: T) => {
    const done = work(item)
      .catch(fail)
      .finally(() => {
        underWay.delete(done);
        places.leave();
      });
    underWay.add(done);
  };
  try {
    while (await places.enter()) {
      const next = await iterator.next();
      if (next.done || failure !== undefined) {
        places.leave();
        break;
      }
      begin(next.value);
    }
  } catch (error) {
    fail(error);
  }
  await Promise.all(underWay);
  await iterator.return?.();
  if (failure !== undefined) throw failure.reason;
}

/** Always the same number of places, for one who enters. */
class FixedPlaces implements Places {
  #free: number;
  #closed = false;
  #wake = () => {};

  constructor(size: number) {
    this.#free = size;
  }

  async enter(): Promise<boolean> {
    while (this.#free === 0 && !this.#closed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#closed) return false;
    this.#free--;
    return true;
  }

  leave(): void {
    this.#free++;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }
}
