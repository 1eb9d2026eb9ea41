import {
  type BigIntStats,
  close,
  closeSync,
  fstat,
  fstatSync,
  fsync,
  open,
  openSync,
  read,
  readSync,
} from 'node:fs';
import { type Promptness, UNHURRIED } from './promptness.js';

/** Bytes of a file that is closed at once: the last descriptor of one that was removed frees its blocks on closing. */
const SMALL = 1024n * 1024n;

/** Bytes that are read at once. */
const FEW = 64 * 1024;

/**
 * A file or directory that is open for reading. On the path of every download, so made of `node:fs` with callbacks, which costs about half
 * the time of `FileHandle`; and where the file system answers at once, without a trip to another thread, which costs
 * more than the answer.
 */
export class Descriptor {
  readonly fd: number;
  readonly #promptness: Promptness;
  #size: bigint | undefined;
  #closing: Promise<void> | undefined;

  private constructor(fd: number, promptness: Promptness) {
    this.fd = fd;
    this.#promptness = promptness;
  }

  static async open(path: string, flags: number, promptness = UNHURRIED): Promise<Descriptor> {
    const fd = await promptness.call(
      () => openSync(path, flags),
      () => opened(path, flags),
    );
    return new Descriptor(fd, promptness);
  }

  async stat(): Promise<BigIntStats> {
    const stats = this.#promptness.immediate
      ? fstatSync(this.fd, { bigint: true })
      : await this.#stat();
    this.#size = stats.size;
    return stats;
  }

  #stat(): Promise<BigIntStats> {
    return new Promise((resolve, reject) => {
      fstat(this.fd, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
  }

  /**
   * Reads what is at `position` of the file.
   * @returns the number of bytes; `0` at the end of the file, and fewer than fit the buffer at any time.
   */
  async read(buffer: Uint8Array, position: number, offset = 0): Promise<number> {
    const length = buffer.byteLength - offset;
    const elsewhere = () =>
      new Promise<number>((resolve, reject) => {
        read(this.fd, buffer, offset, length, position, (error, bytes) =>
          error ? reject(error) : resolve(bytes),
        );
      });
    if (length > FEW) return elsewhere();
    return this.#promptness.call(
      () => readSync(this.fd, buffer, offset, length, position),
      elsewhere,
    );
  }

  /** fsync(2). */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fsync(this.fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  /**
   * Once only, however often it is called: the number may be another file's by then.
   * @param small what is known of the file's size without having asked for it.
   */
  close(small = this.#size !== undefined && this.#size <= SMALL): Promise<void> {
    this.#closing ??= this.#close(small);
    return this.#closing;
  }

  async #close(small: boolean): Promise<void> {
    if (this.#promptness.immediate && small) {
      closeSync(this.fd);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      close(this.fd, (error) => (error ? reject(error) : resolve()));
    });
  }
}

function opened(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, (error, fd) => (error ? reject(error) : resolve(fd)));
  });
}
