import { Cron } from 'croner';
import type { FastifyBaseLogger } from 'fastify';
import type { Kysely } from 'kysely';
import type { JobState } from '../../api-types.js';
import type { Schema } from '../database/schema.js';
import { conflict, notFound } from '../security/app-error.js';
import { withLease } from './lease.js';

export interface Job {
  readonly name: string;
  /** As cron has it, in UTC. */
  readonly schedule: string;
  /** May be broken off anywhere, and be run again. @returns For people: what was done. */
  run(signal: AbortSignal): Promise<string>;
}

/** Work that has nobody who asks for it. However many processes there are, a job runs in one of them at a time. */
export class Jobs {
  readonly #db: Kysely<Schema>;
  readonly #now: () => Date;
  readonly #log: FastifyBaseLogger;
  readonly #jobs: readonly Job[];
  readonly #schedules: readonly Cron[];
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(
    db: Kysely<Schema>,
    now: () => Date,
    log: FastifyBaseLogger,
    jobs: readonly Job[],
    scheduled: boolean,
  ) {
    this.#db = db;
    this.#now = now;
    this.#log = log;
    this.#jobs = jobs;
    this.#schedules = jobs.map(
      ({ name, schedule }) =>
        new Cron(
          schedule,
          { timezone: 'UTC', paused: !scheduled, protect: true, unref: true },
          () => this.#begin(name),
        ),
    );
  }

  async list(): Promise<JobState[]> {
    const rows = await this.#db.selectFrom('jobs').selectAll().execute();
    return this.#jobs.map(({ name, schedule }, index) => {
      const row = rows.find((one) => one.name === name);
      return {
        name,
        schedule,
        lastRun: row?.last_run ?? null,
        outcome: row?.outcome ?? null,
        detail: row?.detail ?? null,
        nextRun: this.#schedules[index]?.nextRun()?.toISOString() ?? null,
      };
    });
  }

  /** @throws AppError 404; 409 while it runs already, in this process or another. */
  async run(name: string): Promise<string> {
    const job = this.#jobs.find((one) => one.name === name);
    if (job === undefined) throw notFound('There is no such job.');
    const running = withLease(this.#db, name, (lost) => this.#run(job, lost));
    this.#running.add(running);
    const ran = await running.finally(() => this.#running.delete(running));
    if (ran === undefined) throw conflict('running', 'The job is running already.');
    return ran.result;
  }

  /** Ends what runs, and waits for it. */
  async close(): Promise<void> {
    for (const schedule of this.#schedules) schedule.stop();
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #begin(name: string): Promise<void> {
    await this.run(name).catch((error: unknown) =>
      this.#log.info({ err: error, job: name }, 'a job did not run'),
    );
  }

  async #run(job: Job, lost: AbortSignal): Promise<string> {
    const begun = this.#now().toISOString();
    const record = (outcome: string, detail: string) =>
      this.#db
        .updateTable('jobs')
        .set({ last_run: begun, outcome, detail })
        .where('name', '=', job.name)
        .execute();
    try {
      const detail = await job.run(AbortSignal.any([lost, this.#closing.signal]));
      await record('done', detail);
      return detail;
    } catch (error) {
      this.#log.error({ err: error, job: job.name }, 'a job has failed');
      await record('failed', 'See the log.');
      throw error;
    }
  }
}
