import { HealthCheck, type StorageProvider } from '@org/storage-core';
import type { HealthState } from './state.js';

/** Milliseconds after which a side that does not answer is not well. */
const PATIENCE = 10_000;

/**
 * Looks again and again how both sides are: whether they answer, and, once a minute, whether files can be written. The alerts go by
 * what is found, too.
 */
export class HealthWatch {
  readonly #source: HealthCheck;
  readonly #target: HealthCheck;
  readonly #timer: NodeJS.Timeout;
  #closed = false;
  #looking: Promise<void> | undefined;
  source: HealthState | null = null;
  target: HealthState | null = null;

  /** @param every milliseconds. */
  constructor(
    sides: { readonly source: StorageProvider; readonly target: StorageProvider },
    every: number,
  ) {
    const options = { every: 0, timeout: PATIENCE };
    this.#source = new HealthCheck(sides.source, options);
    this.#target = new HealthCheck(sides.target, options);
    this.#timer = setInterval(() => void this.look(), every).unref();
    void this.look();
  }

  /** Does not fail. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const [ofSource, ofTarget] = await Promise.all([stateOf(this.#source), stateOf(this.#target)]);
    if (this.#closed) return;
    this.source = ofSource;
    this.target = ofTarget;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closed = true;
    await Promise.all([this.#source.close(), this.#target.close()]);
    await this.#looking;
  }
}

async function stateOf(check: HealthCheck): Promise<HealthState> {
  const at = new Date().toISOString();
  const { healthy, latency, error } = await check.check();
  return { healthy, latency, error: error?.message ?? null, at };
}
