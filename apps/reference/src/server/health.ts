import { prometheusMetrics } from '@org/storage-metrics/prometheus';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Context } from './context.js';
import { Readiness } from './readiness.js';

/** For those that watch the application. */
export function healthRoutes(app: FastifyInstance, { db, storage, now, options }: Context): void {
  const open = { config: { access: 'public' }, logLevel: 'warn' } as const;
  const { sides, mode, migration } = options;
  const readiness = new Readiness({
    ...{ db, storage, sides, mode, now, log: app.log },
    mayDelete: migration !== undefined,
  });
  const registry = new Registry();
  const metrics = prometheusMetrics({ registry });
  collectDefaultMetrics({ register: registry });
  app.addHook('onClose', async () => {
    metrics.close();
    await readiness.close();
  });

  app.get('/healthz', open, async () => ({ status: 'ok' }));

  /** It does not say what is in the way, but to the log. */
  app.get('/readyz', open, async (_request, reply) => {
    if (await readiness.check()) return { status: 'ok' };
    return reply.code(503).send({ status: 'unavailable' });
  });

  const guarded = { config: { access: 'metrics' }, logLevel: 'warn' } as const;
  app.get('/metrics', guarded, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
}
