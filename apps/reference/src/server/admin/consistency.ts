import { MemoryStorageProvider } from '@org/storage-core';
import { checkReferences } from '@org/storage-migration';
import type { FastifyBaseLogger } from 'fastify';
import type { ConsistencyState, Finding } from '../../api-types.js';
import { type Database, openReferences } from '../database/database.js';
import { THUMBNAILS } from '../files/thumbnail-key.js';
import { UPLOADS } from '../files/upload-prefix.js';
import { type AppOptions, THERE } from '../options.js';

const SHOWN = 100;

/** By their kind. */
type Findings = Map<string, { count: number; readonly first: Finding[] }>;

/** Compares the table with the stores in the background, and changes nothing. */
export class ConsistencyCheck {
  readonly #database: Database;
  readonly #options: AppOptions;
  readonly #now: () => Date;
  readonly #log: FastifyBaseLogger;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #state: ConsistencyState = stateOf('never', null, new Map());

  constructor(database: Database, options: AppOptions, now: () => Date, log: FastifyBaseLogger) {
    this.#database = database;
    this.#options = options;
    this.#now = now;
    this.#log = log;
  }

  get state(): ConsistencyState {
    return this.#state;
  }

  /** One at a time: while one runs, that is the one. */
  start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const findings: Findings = new Map();
    const checkedAt = this.#now().toISOString();
    this.#state = { ...this.#state, state: 'running' };
    try {
      await this.#check(await this.#unfinishedKeys(), findings);
      this.#state = stateOf('done', checkedAt, findings);
    } catch (error) {
      if (!this.#closing.signal.aborted)
        this.#log.error({ err: error }, 'the check of the table could not be ended');
      this.#state = stateOf('failed', checkedAt, findings);
    }
  }

  async #check(unfinished: ReadonlySet<string>, findings: Findings): Promise<void> {
    const { storage, sides, provider = 'local' } = this.#options;
    await using nowhere = new MemoryStorageProvider({ name: 'none' });
    const references = await openReferences(this.#database);
    try {
      await checkReferences({
        ...(sides ?? { source: storage, target: nowhere }),
        references,
        names: sides === undefined ? { source: provider } : (sides.names ?? THERE),
        signal: this.#closing.signal,
        onFinding: (finding) => {
          const { kind, key, detail } = finding;
          if (kind === 'missing-row' && (isDerived(key) || unfinished.has(key))) return;
          const found = findings.get(kind) ?? { count: 0, first: [] };
          found.count += 1;
          if (found.first.length < SHOWN) found.first.push({ key, detail });
          findings.set(kind, found);
        },
      });
    } finally {
      await references.close();
    }
  }

  async #unfinishedKeys(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.db.selectFrom('unfinished_files').select('key').execute();
    return new Set(rows.map(({ key }) => key));
  }
}

/** What the application stores beside the files of people. */
function isDerived(key: string): boolean {
  return key.startsWith(THUMBNAILS) || key.startsWith(UPLOADS);
}

function stateOf(
  state: ConsistencyState['state'],
  checkedAt: string | null,
  findings: Findings,
): ConsistencyState {
  return {
    state,
    checkedAt,
    missingFiles: findings.get('missing-file')?.first ?? [],
    missingRows: findings.get('missing-row')?.first ?? [],
    wrongProvider: findings.get('wrong-provider')?.first ?? [],
    counts: Object.fromEntries([...findings].map(([kind, { count }]) => [kind, count])),
  };
}
