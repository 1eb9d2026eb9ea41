import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A stretch of a body file. Body files never change, so objects, parts and copies may share them. */
export interface Segment {
  readonly body: string;
  readonly offset: number;
  readonly length: number;
}

/** Bodies up to this size are written and read in one synchronous call, which is several times faster. */
const SMALL_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;

/** Files of content, each kept while something refers to it. */
export class BodyStore {
  readonly #directory: string;
  readonly #references = new Map<string, number>();
  readonly #removals = new Set<Promise<void>>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  create(): BodyWriter {
    const body = randomBytes(16).toString('hex');
    return new BodyWriter(this.#path(body), body, (segments) => this.retain(segments));
  }

  retain(segments: readonly Segment[]): void {
    for (const { body } of segments) {
      this.#references.set(body, (this.#references.get(body) ?? 0) + 1);
    }
  }

  /** The last release of a body removes its file. */
  release(segments: readonly Segment[]): void {
    for (const { body } of segments) {
      const count = (this.#references.get(body) ?? 0) - 1;
      if (count > 0) {
        this.#references.set(body, count);
        continue;
      }
      this.#references.delete(body);
      const removal: Promise<void> = rm(this.#path(body), { force: true })
        .catch(() => undefined) // an orphan is swept at the next start
        .finally(() => this.#removals.delete(removal));
      this.#removals.add(removal);
    }
  }

  /** All of a short content at once, undefined where it isn't short or lies in several files. */
  readSmall(segments: readonly Segment[], start: number, length: number): Buffer | undefined {
    const [segment] = segments;
    if (length > SMALL_BYTES || segments.length > 1) return undefined;
    if (!segment || length === 0) return Buffer.alloc(0);
    const buffer = Buffer.allocUnsafe(length);
    const descriptor = openSync(this.#path(segment.body), 'r');
    try {
      const count = readSync(descriptor, buffer, 0, length, segment.offset + start);
      if (count !== length) throw new Error(`Body ${segment.body} is shorter than recorded`);
    } finally {
      closeSync(descriptor);
    }
    return buffer;
  }

  /** `length` bytes of the content from `start`. The caller has to retain the segments meanwhile. */
  async *read(segments: readonly Segment[], start: number, length: number): AsyncGenerator<Buffer> {
    for (const segment of slice(segments, start, length)) {
      const handle = await open(this.#path(segment.body), 'r');
      try {
        for (let done = 0; done < segment.length; ) {
          const size = Math.min(READ_BYTES, segment.length - done);
          const buffer = Buffer.allocUnsafe(size);
          const { bytesRead } = await handle.read(buffer, 0, size, segment.offset + done);
          if (bytesRead === 0) throw new Error(`Body ${segment.body} is shorter than recorded`);
          done += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await handle.close();
      }
    }
  }

  /** Removes files that nothing refers to: the leftovers of a crash. */
  async sweep(): Promise<void> {
    for (const body of readdirSync(this.#directory)) {
      if (!this.#references.has(body)) await rm(this.#path(body), { force: true });
    }
  }

  /** Waits for removals under way. */
  async settle(): Promise<void> {
    while (this.#removals.size > 0) await Promise.all(this.#removals);
  }

  #path(body: string): string {
    return join(this.#directory, body);
  }
}

/** The stretches that hold `length` bytes from `start`. */
export function slice(segments: readonly Segment[], start: number, length: number): Segment[] {
  const result: Segment[] = [];
  const end = start + length;
  let position = 0;
  for (const segment of segments) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + segment.length);
    if (from < to) {
      result.push({
        body: segment.body,
        offset: segment.offset + from - position,
        length: to - from,
      });
    }
    position += segment.length;
  }
  return result;
}

/** Writes one body. Either `finish` or `discard` has to be called. */
export class BodyWriter {
  readonly #path: string;
  readonly #body: string;
  readonly #retain: (segments: readonly Segment[]) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;
  #handle: FileHandle | undefined;

  constructor(path: string, body: string, retain: (segments: readonly Segment[]) => void) {
    this.#path = path;
    this.#body = body;
    this.#retain = retain;
  }

  async write(data: Buffer): Promise<void> {
    this.#pending.push(data);
    this.#pendingBytes += data.length;
    if (this.#pendingBytes > SMALL_BYTES) await this.#flush();
  }

  /** The caller holds one reference to what is returned, and has to release it or hand it on. */
  async finish(): Promise<Segment[]> {
    if (this.#handle) {
      await this.#flush();
      await this.#handle.close();
      this.#handle = undefined;
    } else if (this.#pendingBytes > 0) {
      writeFileSync(this.#path, Buffer.concat(this.#pending));
      this.#written = this.#pendingBytes;
    }
    this.#pending = [];
    if (this.#written === 0) return [];
    const segments = [{ body: this.#body, offset: 0, length: this.#written }];
    this.#retain(segments);
    return segments;
  }

  async discard(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#pending = [];
    await handle?.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }

  async #flush(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    this.#handle ??= await open(this.#path, 'wx');
    const pending = this.#pending;
    this.#pending = [];
    this.#written += this.#pendingBytes;
    let left = this.#pendingBytes;
    this.#pendingBytes = 0;
    const { bytesWritten } = await this.#handle.writev(pending);
    left -= bytesWritten;
    if (left > 0) await this.#finishShortWrite(pending, bytesWritten);
  }

  /** writev may write less than asked for, on a disk that fills up for instance; the rest then fails with the reason. */
  async #finishShortWrite(buffers: readonly Buffer[], written: number): Promise<void> {
    await this.#handle?.writeFile(Buffer.concat(buffers).subarray(written));
  }
}
