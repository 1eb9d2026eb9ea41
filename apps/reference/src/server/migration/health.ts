import type { StorageProvider } from '@org/storage-core';
import type { HealthState } from './state.js';

/** Milliseconds after which a side that does not answer is not well. */
const PATIENCE = 10_000;

/** Asks both sides again and again how they are; the alerts go by what they answer, too. */
export class HealthWatch {
  readonly #sides: { readonly source: StorageProvider; readonly target: StorageProvider };
  readonly #timer: NodeJS.Timeout;
  readonly #end = new AbortController();
  #looking: Promise<void> | undefined;
  source: HealthState | null = null;
  target: HealthState | null = null;

  constructor(
    sides: { readonly source: StorageProvider; readonly target: StorageProvider },
    every: number,
  ) {
    this.#sides = sides;
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
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(PATIENCE)]);
    const { source, target } = this.#sides;
    const [ofSource, ofTarget] = await Promise.all([
      healthOf(source, signal),
      healthOf(target, signal),
    ]);
    if (this.#end.signal.aborted) return;
    this.source = ofSource;
    this.target = ofTarget;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#end.abort();
    await this.#looking;
  }
}

async function healthOf(provider: StorageProvider, signal: AbortSignal): Promise<HealthState> {
  const begun = performance.now();
  const at = new Date().toISOString();
  try {
    const { healthy, latency, error } = await provider.checkHealth({ signal });
    return { healthy, latency, error: error?.message ?? null, at };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { healthy: false, latency: performance.now() - begun, error: message, at };
  }
}
