/**
 * Values by key, walked in the order of the keys' UTF-8 bytes, which is S3's. Writes are O(1); the next walk sorts what
 * was added since the last one and merges it in.
 */
export class OrderedKeys<Value> {
  readonly #values = new Map<string, Value>();
  #sorted: string[] = [];
  #added = new Set<string>();
  /** Keys in `#sorted` that were deleted since. */
  #deleted = 0;

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  set(key: string, value: Value): void {
    if (!this.#values.has(key)) this.#added.add(key);
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false;
    if (!this.#added.delete(key)) this.#deleted += 1;
    return true;
  }

  values(): IterableIterator<Value> {
    return this.#values.values();
  }

  /** The first key after `after` that does not start with `skip`, if one is given; undefined past the end. */
  next(after: string, skip?: string): string | undefined {
    const keys = this.#settle();
    let index =
      skip === undefined
        ? firstIndex(keys, (key) => compareKeys(key, after) > 0)
        : firstIndex(keys, (key) => compareKeys(key, skip) > 0 && !key.startsWith(skip));
    while (index < keys.length && !this.#values.has(keys[index] as string)) index += 1;
    return keys[index];
  }

  /** The first key that is not less than `from`. */
  first(from: string): string | undefined {
    const keys = this.#settle();
    let index = lowerBound(keys, from);
    while (index < keys.length && !this.#values.has(keys[index] as string)) index += 1;
    return keys[index];
  }

  #settle(): readonly string[] {
    if (this.#added.size === 0 && this.#deleted * 2 <= this.#sorted.length) return this.#sorted;
    const added = [...this.#added].sort(compareKeys);
    const merged: string[] = [];
    let next = 0;
    let previous: string | undefined;
    const push = (key: string) => {
      // A key deleted and written again stands in both lists.
      if (key !== previous && this.#values.has(key)) merged.push(key);
      previous = key;
    };
    for (const key of this.#sorted) {
      for (; next < added.length; next += 1) {
        const candidate = added[next] as string;
        if (compareKeys(candidate, key) > 0) break;
        push(candidate);
      }
      push(key);
    }
    for (; next < added.length; next += 1) push(added[next] as string);
    this.#sorted = merged;
    this.#added = new Set();
    this.#deleted = 0;
    return merged;
  }
}

/**
 * Compares by UTF-8 bytes, which is the order of code points. JavaScript's own order is that of UTF-16 units, where
 * the surrogates of U+10000 and above come before U+E000 to U+FFFF.
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function lowerBound(keys: readonly string[], key: string): number {
  return firstIndex(keys, (candidate) => compareKeys(candidate, key) >= 0);
}

/** The index of the first key for which `test` holds, which must hold for all that follow. */
function firstIndex(keys: readonly string[], test: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(keys[middle] as string)) high = middle;
    else low = middle + 1;
  }
  return low;
}
