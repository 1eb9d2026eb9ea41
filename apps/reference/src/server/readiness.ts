import type { StorageProvider } from '@org/storage-core';
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
  readonly now: () => Date;
  /** Told why it is not, once for each check. */
  readonly log: FastifyBaseLogger;
}

/** Whether requests can be served: the database and the storage answer. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #known: { readonly ready: boolean; readonly until: number } | undefined;
  #checking: Promise<boolean> | undefined;

  constructor(options: ReadinessOptions) {
    this.#options = options;
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

  async #check(): Promise<boolean> {
    const { db, storage, now, log } = this.#options;
    let ready = true;
    try {
      await sql`SELECT 1`.execute(db);
      const { healthy, error } = await storage.checkHealth({
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!healthy) throw error;
    } catch (error) {
      log.warn({ err: error }, 'not ready');
      ready = false;
    }
    this.#known = { ready, until: now().getTime() + BELIEVED };
    return ready;
  }
}
