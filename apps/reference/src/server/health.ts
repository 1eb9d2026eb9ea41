import { prometheusMetrics } from '@org/storage-metrics/prometheus';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Context } from './context.js';

/** ms for which a probe waits for the storage. */
const PATIENCE = 5_000;

/** For those that watch the application. */
export function healthRoutes(app: FastifyInstance, { db, storage }: Context): void {
  const open = { config: { access: 'public' }, logLevel: 'warn' } as const;
  const registry = new Registry();
  const metrics = prometheusMetrics({ registry });
  collectDefaultMetrics({ register: registry });
  app.addHook('onClose', async () => metrics.close());

  app.get('/healthz', open, async () => ({ status: 'ok' }));

  /** Whether requests can be served: it does not say what is in the way, but to the log. */
  app.get('/readyz', open, async (request, reply) => {
    try {
      await sql`SELECT 1`.execute(db);
      const { healthy, error } = await storage.checkHealth({
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!healthy) throw error;
      return { status: 'ok' };
    } catch (error) {
      request.log.warn({ err: error }, 'not ready');
      return reply.code(503).send({ status: 'unavailable' });
    }
  });

  const guarded = { config: { access: 'metrics' }, logLevel: 'warn' } as const;
  app.get('/metrics', guarded, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
