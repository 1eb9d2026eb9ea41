/** An open directory, as far as it matters here. */
export interface Syncable {
  stat(): Promise<{ readonly dev: bigint; readonly ino: bigint }>;
  sync(): Promise<void>;
}

interface Queue {
  readonly running: Promise<void>;
  /** Starts when `running` is through: whoever comes meanwhile joins it. */
  next: Promise<void> | undefined;
}

/**
 * Syncs directories. Calls for one directory that come while it is being synced share the next sync, since a sync covers
 * all that was done before it began: many uploads into a directory wait for few of them (group commit).
 */
export class DirectorySync {
  readonly #queues = new Map<string, Queue>();

  /** Resolves when all that was done in the directory before the call survives a crash of the machine. */
  async sync(directory: Syncable): Promise<void> {
    const { dev, ino } = await directory.stat(); // a path may be made anew meanwhile
    const id = `${dev}-${ino}`;
    const queue = this.#queues.get(id);
    if (queue === undefined) return this.#start(id, directory);
    queue.next ??= queue.running.catch(() => {}).then(() => this.#start(id, directory));
    return queue.next;
  }

  #start(id: string, directory: Syncable): Promise<void> {
    const running = directory.sync().finally(() => {
      if (this.#queues.get(id)?.next === undefined) this.#queues.delete(id);
    });
    this.#queues.set(id, { running, next: undefined });
    return running;
  }
}
