/** What has to be closed, in the opposite order in which it was opened. */
export class Closing {
  #opened: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#opened.push(close);
  }

  /** Closes everything, and then rejects with the first failure, if there is one. A second call finds nothing. */
  async close(): Promise<void> {
    const opened = this.#opened.reverse();
    this.#opened = [];
    const failures: unknown[] = [];
    for (const close of opened) {
      await close().catch((error: unknown) => {
        failures.push(error);
      });
    }
    if (failures.length > 0) throw failures[0];
  }
}
