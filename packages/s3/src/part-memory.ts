/** Bytes that are taken at once, since a part may turn out to be smaller than it could be. */
const STEP = 64 * 1024 ** 2;

/** Memory for one part after another, so that a large file takes no more than a few parts do, and frees none in between. */
export class PartMemory {
  readonly #capacity: number;
  #memory = Buffer.alloc(0);
  #size = 0;

  /** @param capacity bytes of the largest part. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What was added; good until {@link clear}. */
  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#size);
  }

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#size === this.#capacity;
  }

  /** @returns how many of the bytes fitted. */
  add(chunk: Uint8Array): number {
    const fitting = Math.min(chunk.byteLength, this.#capacity - this.#size);
    this.#reserve(this.#size + fitting);
    this.#memory.set(fitting === chunk.byteLength ? chunk : chunk.subarray(0, fitting), this.#size);
    this.#size += fitting;
    return fitting;
  }

  clear(): void {
    this.#size = 0;
  }

  #reserve(size: number): void {
    const { byteLength } = this.#memory;
    if (size <= byteLength) return;
    const grown = Math.max(size, STEP, 2 * byteLength);
    const memory = Buffer.allocUnsafeSlow(Math.min(this.#capacity, grown));
    memory.set(this.bytes);
    this.#memory = memory;
  }
}
