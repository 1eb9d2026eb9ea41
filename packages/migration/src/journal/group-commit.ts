interface Pending {
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Runs `writes` in one transaction. */
export type Transaction = (writes: () => void) => void;

/** Milliseconds for which a write waits for others to share its flush of the disk. */
const DELAY = 3;

/**
 * Many small writes in one transaction, so that one flush of the disk serves all that came within a few
 * milliseconds. Each promise resolves after the commit that holds its write.
 */
export class GroupCommit {
  readonly #transaction: Transaction;
  #pending: Pending[] = [];

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  write(write: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setTimeout(() => this.flush(), DELAY);
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
