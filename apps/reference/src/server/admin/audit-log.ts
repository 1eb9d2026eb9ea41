import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../api-types.js';
import type { Schema } from '../database/schema.js';

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly since?: string | undefined;
  /** Only entries before this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Who has done what. The database itself refuses to change or remove an entry. */
export class AuditLog {
  readonly #db: Kysely<Schema>;
  readonly #now: () => Date;

  constructor(db: Kysely<Schema>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** @param detail No secrets. */
  async record(
    { user, ip }: Pick<FastifyRequest, 'user' | 'ip'>,
    action: string,
    subject: string,
    detail: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.#db
      .insertInto('audit_log')
      .values({
        at: this.#now().toISOString(),
        actor_id: user?.id ?? null,
        actor: user?.email ?? 'nobody',
        action,
        subject,
        detail: JSON.stringify(detail),
        address: ip,
      })
      .execute();
  }

  /** The newest first. */
  async list({ actor, action, since, before, limit }: AuditFilter): Promise<AuditEntry[]> {
    const rows = await this.#db
      .selectFrom('audit_log')
      .selectAll()
      .$if(actor !== undefined, (query) => query.where('actor', '=', actor ?? ''))
      .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
      .$if(since !== undefined, (query) => query.where('at', '>=', since ?? ''))
      .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ actor_id: _, detail, ...row }) => ({ ...row, detail: JSON.parse(detail) }));
  }
}
