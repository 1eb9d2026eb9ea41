import { statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Recorder } from './recorder.js';

/** Milliseconds that a measurement waits for a file system; one that hangs is asked again when it has answered. */
const PATIENCE = 1_000;

/** Watches how full the file systems of some directories are. */
export class Disks {
  readonly #recorder: Recorder;
  readonly #paths: Readonly<Record<string, string>>;
  readonly #asked = new Map<string, Promise<void>>();

  /** @param paths a file or directory for each name. */
  constructor(recorder: Recorder, paths: Readonly<Record<string, string>>) {
    this.#recorder = recorder;
    this.#paths = paths;
  }

  /** Does not fail: of a path that can't be looked at, nothing is recorded. */
  async update(): Promise<void> {
    const names = Object.keys(this.#paths);
    if (names.length === 0) return;
    const stop = new AbortController();
    const patience = wait(PATIENCE, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    await Promise.race([Promise.all(names.map((name) => this.#ask(name))), patience]);
    stop.abort();
  }

  #ask(disk: string): Promise<void> {
    const under = this.#asked.get(disk);
    if (under !== undefined) return under;
    const asked = this.#measure(disk, this.#paths[disk] ?? '')
      .catch(() => {})
      .finally(() => this.#asked.delete(disk));
    this.#asked.set(disk, asked);
    return asked;
  }

  async #measure(disk: string, path: string): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(path);
    this.#recorder.set('diskFree', { disk }, bavail * bsize);
    this.#recorder.set('diskSize', { disk }, blocks * bsize);
  }
}
