import { type BigIntStats, close, closeSync, fstat, fstatSync, fsync, open, read } from 'node:fs';

/** Bytes of a file that is closed at once: the last descriptor of one that was removed frees its blocks on closing. */
const SMALL = 1024n * 1024n;

/**
 * A file or directory that is open for reading. On the path of every download, so made of `node:fs` with callbacks, which costs about half
 * the time of `FileHandle`; and where the file system is known to have what it is asked in memory, without a trip to
 * another thread, which costs more than the answer.
 */
export class Descriptor {
  readonly fd: number;
  readonly #immediate: boolean;
  #size: bigint | undefined;
  #closing: Promise<void> | undefined;

  private constructor(fd: number, immediate: boolean) {
    this.fd = fd;
    this.#immediate = immediate;
  }

  /** @param immediate whether the file is on a file system that never waits for the status of an open file. */
  static open(path: string, flags: number, immediate = false): Promise<Descriptor> {
    return new Promise((resolve, reject) => {
      open(path, flags, (error, fd) =>
        error ? reject(error) : resolve(new Descriptor(fd, immediate)),
      );
    });
  }

  async stat(): Promise<BigIntStats> {
    const stats = this.#immediate ? fstatSync(this.fd, { bigint: true }) : await this.#stat();
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
  read(buffer: Uint8Array, position: number, offset = 0): Promise<number> {
    const length = buffer.byteLength - offset;
    return new Promise((resolve, reject) => {
      read(this.fd, buffer, offset, length, position, (error, bytes) =>
        error ? reject(error) : resolve(bytes),
      );
    });
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
    if (this.#immediate && small) {
      closeSync(this.fd);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      close(this.fd, (error) => (error ? reject(error) : resolve()));
    });
  }
}
