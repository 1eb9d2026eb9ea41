import { PassThrough } from 'node:stream';
import { isStorageError, type StorageError } from '@org/storage-core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../security/app-error.js';
import { Feed } from './feed.js';
import type { MigrationService } from './service.js';
import type { MigrationState } from './state.js';

export interface MigrationRoutesOptions {
  readonly service: MigrationService;
  /** Told of each action that an operator has asked for, done or refused. */
  readonly onAction?: (
    request: FastifyRequest,
    action: string,
    detail: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
  /** Who may listen at the same time. Default 100. */
  readonly listeners?: number | undefined;
}

const ADMIN = { config: { access: 'admin' } } as const;

/** Milliseconds after which a line is sent that means nothing, so that nobody on the way takes the connection for dead. */
const HEARTBEAT = 15_000;

/** Milliseconds after which a listener has to ask again, and is looked at anew: he may not be an administrator any more. */
const LIFE = 300_000;

/** Bytes that a listener may be behind: then states are left out. */
const BEHIND = 1_000_000;

const start = z.strictObject({ knownFiles: z.boolean().optional() });
const limits = z.strictObject({
  concurrency: z.union([z.int().min(1).max(256), z.literal('auto')]).optional(),
  bandwidth: z.int().min(1024).nullable().optional(),
});
const mode = z.strictObject({ mode: z.enum(['source', 'prepare', 'hybrid', 'target']) });
const retry = z.strictObject({ keys: z.array(z.string().min(1)).min(1).max(1000).optional() });

/** What the dashboard sees and does: for administrators. */
export function migrationRoutes(app: FastifyInstance, options: MigrationRoutesOptions): void {
  const { service } = options;
  const base = '/api/admin/migration';
  app.get(base, ADMIN, async (_, reply) => {
    reply.header('cache-control', 'no-store');
    return service.state();
  });
  events(app, `${base}/events`, options);

  const action = (
    name: string,
    run: (body: unknown) => Promise<Readonly<Record<string, unknown>> | undefined>,
  ) => {
    app.post(`${base}/${name}`, ADMIN, async (request, reply) => {
      await perform(request, name, () => run(request.body ?? {}), options);
      reply.header('cache-control', 'no-store');
      return service.state();
    });
  };
  action('start', async (body) => {
    const given = start.parse(body);
    await service.start(given);
    return given;
  });
  for (const name of ['pause', 'resume', 'verify', 'gate', 'retire', 'cutover'] as const)
    action(name, async () => {
      await service[name]();
      return undefined;
    });
  action('limits', async (body) => {
    const change = limits.parse(body);
    await service.setLimits(change);
    return change;
  });
  action('mode', async (body) => {
    const wanted = mode.parse(body);
    await service.setMode(wanted.mode);
    return wanted;
  });
  action('retry', async (body) => {
    const { keys } = retry.parse(body);
    await service.retry(keys);
    return keys === undefined ? undefined : { files: keys.length };
  });
}

/** A refusal is told in full: it says what to do. */
async function perform(
  request: FastifyRequest,
  name: string,
  run: () => Promise<Readonly<Record<string, unknown>> | undefined>,
  { onAction }: MigrationRoutesOptions,
): Promise<void> {
  try {
    await onAction?.(request, name, { outcome: 'accepted', ...(await run()) });
  } catch (error) {
    if (!isStorageError(error, 'Conflict') && !isStorageError(error, 'InvalidArgument'))
      throw error;
    await onAction?.(request, name, { outcome: 'refused', reason: error.message });
    throw refusalAnswer(error);
  }
}

/** `unknown_files` is a question: whoever knows the files that the directory has says so, and starts again. */
function refusalAnswer({ code, operation, message }: StorageError): AppError {
  if (code !== 'Conflict') return new AppError(400, 'invalid', message);
  if (operation !== 'requireNewDirectory') return new AppError(409, 'refused', message);
  return new AppError(409, 'unknown_files', message);
}

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
function events(
  app: FastifyInstance,
  url: string,
  { service, listeners }: MigrationRoutesOptions,
): void {
  const feed = new Feed(() => service.state(), listeners);
  app.addHook('preClose', async () => feed.close());
  app.get(url, ADMIN, (_, reply) => {
    const stream = new PassThrough();
    const end = feed.listen(
      (state) => {
        if (stream.writableLength < BEHIND) stream.write(eventOf(state));
      },
      () => stream.end(),
    );
    if (end === undefined) throw new AppError(503, 'unavailable', 'Too many dashboards are open.');
    const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT).unref();
    const life = setTimeout(() => stream.end(), LIFE).unref();
    stream.once('close', () => {
      clearInterval(heartbeat);
      clearTimeout(life);
      end();
    });
    return send(reply, stream);
  });
}

function send(reply: FastifyReply, stream: PassThrough): FastifyReply {
  return reply
    .headers({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // nginx would keep the events back
    })
    .send(stream);
}

function eventOf(state: MigrationState): string {
  return `event: state\ndata: ${JSON.stringify(state)}\n\n`;
}
