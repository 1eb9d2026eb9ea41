import { HealthCheck, type HealthCheckOptions, type StorageProvider } from '@org/storage-core';
import type { Mode } from '@org/storage-hybrid';
import type { FastifyBaseLogger } from 'fastify';
import { type Kysely, sql } from 'kysely';
import type { Schema } from './database/schema.js';

/** ms for which an answer is believed: however many ask how often, the storage and the database are asked no more than that. */
const BELIEVED = 5_000;

/** ms for which a check waits for the storage. */
const PATIENCE = 5_000;

export interface ReadinessOptions {
  readonly db: Kysely<Schema>;
  readonly storage: StorageProvider;
  /** Of a hybrid storage. */
  readonly sides?:
    | { readonly source: StorageProvider; readonly target: StorageProvider }
    | undefined;
  /** Of a hybrid storage. Default `source`. */
  readonly mode?: (() => Mode) | undefined;
  /**
   * Whether this process may delete from the target before the cutover, as one that migrates may, and the application alone may not.
   * Default `false`: the target is only read from until then.
   */
  readonly mayDelete?: boolean | undefined;
  readonly now: () => Date;
  /** Told why it is not, once for each check. */
  readonly log: FastifyBaseLogger;
}

/** Whether requests can be served: the database and the storage answer, and files can be written. */
export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #checks: {
    readonly storage?: HealthCheck;
    readonly source?: HealthCheck;
    readonly target?: HealthCheck;
  };
  #known: { readonly ready: boolean; readonly until: number } | undefined;
  #checking: Promise<boolean> | undefined;

  constructor(options: ReadinessOptions) {
    const { storage, sides, mayDelete = false } = options;
    this.#options = options;
    const every: HealthCheckOptions = { every: 0, timeout: PATIENCE };
    this.#checks =
      sides === undefined
        ? { storage: new HealthCheck(storage, every) }
        : {
            source: new HealthCheck(sides.source, every),
            target: new HealthCheck(sides.target, {
              ...every,
              writes: () => mayDelete || this.#mode === 'target',
            }),
          };
  }

  /** Does not fail. */
  check(): Promise<boolean> {
    const known = this.#known;
    if (known !== undefined && this.#options.now().getTime() < known.until)
      return Promise.resolve(known.ready);
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#checks).map((check) => check.close()));
  }

  async #check(): Promise<boolean> {
    const { db, storage, sides, now, log } = this.#options;
    let ready = true;
    try {
      await sql`SELECT 1`.execute(db);
      const reports = this.#needed.map((check) => check.check());
      // Of a store made of two, its own report stands beside those of its sides.
      if (sides !== undefined)
        reports.push(storage.checkHealth({ signal: AbortSignal.timeout(PATIENCE) }));
      for (const { healthy, error } of await Promise.all(reports)) if (!healthy) throw error;
    } catch (error) {
      log.warn({ err: error }, 'not ready');
      ready = false;
    }
    this.#known = { ready, until: now().getTime() + BELIEVED };
    return ready;
  }

  get #mode(): Mode {
    return this.#options.mode?.() ?? 'source';
  }

  get #needed(): readonly HealthCheck[] {
    const { storage, source, target } = this.#checks;
    const sides =
      this.#mode === 'source' ? [source] : this.#mode === 'target' ? [target] : [source, target];
    return [storage, ...sides].filter((check) => check !== undefined);
  }
}
