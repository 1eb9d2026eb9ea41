import { type FSWatcher, watch } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export interface WatchFilesOptions {
  /** ms between two looks at the files, where the system tells of no change. */
  readonly every: number;
  /** ms for which files must not change before they count as written. */
  readonly settle: number;
}

/**
 * Tells when files have changed, however that was done: in place, by a rename over them (editors), by another target of a symbolic
 * link on the way to them (Kubernetes’ ConfigMaps). What counts is what `stat` tells. The system’s events, of the directories,
 * only say when to look, since they don’t come from every file system; else it looks from time to time.
 *
 * It does not keep the process alive.
 */
export class FileWatcher {
  readonly #changed: () => void;
  readonly #options: WatchFilesOptions;
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #files: readonly string[] = [];
  #seen: string | undefined;
  #watchers: FSWatcher[] = [];
  #looking: Promise<void> | undefined;
  #again = false;

  /** @param changed called when all files have changed that do so together. */
  constructor(changed: () => void, options: WatchFilesOptions) {
    this.#changed = changed;
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), options.every).unref();
  }

  /** Which files, as they are now; to be called again when there are others. */
  async follow(files: readonly string[]): Promise<void> {
    this.#files = files;
    await this.#listen();
    this.#seen ??= await fingerprint(files);
    this.#look();
  }

  /** Resolves when no look is under way any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    this.#deafen();
    await this.#looking;
  }

  /** Directories, since a file that is replaced is another one; those that links lead to as well. */
  async #listen(): Promise<void> {
    const paths = this.#files.map(async (file) => [
      dirname(file),
      dirname(await realpath(file).catch(() => file)),
    ]);
    const directories = new Set((await Promise.all(paths)).flat());
    this.#deafen();
    if (this.#closing.signal.aborted) return;
    for (const directory of directories) {
      try {
        const watcher = watch(directory, { persistent: false }, () => this.#look());
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // Not there, or too many watchers on this machine: the timer is left.
      }
    }
  }

  #deafen(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #look(): void {
    this.#again = true;
    this.#looking ??= this.#compare().finally(() => {
      this.#looking = undefined;
    });
  }

  async #compare(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      const found = await fingerprint(this.#files);
      if (found === this.#seen) continue;
      await wait(this.#options.settle, undefined, { ref: false, signal }).catch(() => {});
      this.#again = true;
      if (signal.aborted || found !== (await fingerprint(this.#files))) continue;
      this.#seen = found;
      await this.#listen(); // a directory may have been replaced
      this.#changed();
    }
  }
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const looks = files.map(async (file) => {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [file, dev, ino, size, mtimeNs, ctimeNs].join(' ');
  });
  const results = await Promise.allSettled(looks);
  return results
    .map((look, at) => (look.status === 'fulfilled' ? look.value : `${files[at]} is not there`))
    .join('\n');
}
