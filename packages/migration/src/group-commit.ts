interface Pending {
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Runs `writes` in one transaction. */
export type Transaction = (writes: () => void) => void;

/**
 * Many small writes in one transaction, so that one flush of the disk serves all that came while the event loop was
 * busy. Each promise resolves after the commit that holds its write.
 */
export class GroupCommit {
  readonly #transaction: Transaction;
  #pending: Pending[] = [];

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  write(write: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.flush());
      this.#pending.push({ write, resolve, reject });
    });
  }

  /** Commits what is pending, now. */
  flush(): void {
    const group = this.#pending;
    if (group.length === 0) return;
    this.#pending = [];
    try {
      this.#transaction(() => {
        for (const { write } of group) write();
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { resolve } of group) resolve();
  }
}
