import {
  type FileMetadata,
  isStorageError,
  type Key,
  keyProblem,
  MAX_KEY_BYTES,
  parseKey,
  StorageError,
} from '@org/storage-core';

/** The two names of a key: the caller's, and that in the store. */
export class KeyPrefix {
  /** Ends with a slash. */
  readonly text: string;

  /**
   * @throws StorageError `InvalidKey` if the folder is none that a key can have.
   */
  constructor(folder: string) {
    const name = typeof folder === 'string' ? folder.replace(/\/$/, '') : folder;
    this.text = `${parseKey(name)}/`;
    if (keyProblem(`${this.text}k`) !== undefined)
      throw new StorageError('InvalidKey', `no key fits below the prefix ${this.text}`);
  }

  /**
   * @throws StorageError `InvalidKey`.
   */
  inner(key: string): string {
    const inner = this.text + parseKey(key);
    const bytes = Buffer.byteLength(inner);
    if (bytes <= MAX_KEY_BYTES) return inner;
    throw new StorageError(
      'InvalidKey',
      `the key has ${bytes} bytes of UTF-8 with the prefix of this store; ${MAX_KEY_BYTES} are allowed`,
      { key },
    );
  }

  /** What is no text is left for the provider to refuse. */
  innerText(text: string | undefined): string {
    return text === undefined || typeof text === 'string' ? this.text + (text ?? '') : text;
  }

  outer(inner: string): string {
    return inner.startsWith(this.text) ? inner.slice(this.text.length) : inner;
  }

  outerKey(inner: Key): Key {
    return this.outer(inner) as Key; // what is left of a key below a folder is a key
  }

  outerFile(file: FileMetadata): FileMetadata {
    return { ...file, key: this.outerKey(file.key) };
  }

  /** With the caller's name of the key, also in the message; the original is its cause. */
  outerError(error: StorageError): StorageError {
    const { code, message, retryable, retryAfter, operation, provider, key } = error;
    return new StorageError(code, this.#outerMessage(message), {
      retryable,
      retryAfter,
      cause: error,
      ...(operation === undefined ? {} : { operation }),
      ...(provider === undefined ? {} : { provider }),
      ...(key === undefined ? {} : { key: this.outer(key) }),
    });
  }

  /** Whatever was thrown, as the caller may see it. */
  outerThrown<E>(error: E): E | StorageError {
    return isStorageError(error) ? this.outerError(error) : error;
  }

  /** Where it stands at the beginning of a key, and not within another one. */
  #outerMessage(message: string): string {
    const literally = this.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    return message.replace(new RegExp(`(?<=^|[\\s"'“‘(])${literally}`, 'g'), '');
  }
}
