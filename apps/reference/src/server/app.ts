import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import { cutSlowClient } from '@org/storage-http';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { accountRoutes } from './accounts/routes.js';
import { Sessions } from './accounts/sessions.js';
import { Users } from './accounts/users.js';
import { AuditLog } from './admin/audit-log.js';
import { ConsistencyCheck } from './admin/consistency.js';
import { adminRoutes } from './admin/routes.js';
import type { Context } from './context.js';
import { openDatabase } from './database/database.js';
import { migrateSchema } from './database/migrations.js';
import { directRoutes } from './files/direct-routes.js';
import { folderRoutes } from './files/folder-routes.js';
import { FileRemoval } from './files/removal.js';
import { fileRoutes } from './files/routes.js';
import { FileStore } from './files/store.js';
import { Thumbnails } from './files/thumbnails.js';
import { TusUploads } from './files/tus-uploads.js';
import { UnfinishedFiles } from './files/unfinished.js';
import { uploadRoute } from './files/upload-route.js';
import { healthRoutes } from './health.js';
import { Jobs } from './jobs/jobs.js';
import { scheduledJobs } from './jobs/schedule.js';
import { migrationRoutes } from './migration/routes.js';
import type { AppOptions, ConnectionLimits } from './options.js';
import { pageRoutes } from './pages.js';
import { guardRoutes } from './security/access.js';
import { answerErrors } from './security/error-answer.js';
import { setSecurityHeaders } from './security/headers.js';
import { refuseNul } from './security/plain-text.js';
import { createRates } from './security/rates.js';
import { loggedUrl } from './security/redaction.js';
import { endUnusedConnections } from './security/unused-connections.js';
import { shareRoutes } from './shares/routes.js';
import { Shares } from './shares/shares.js';

/** Bytes of a request that is no upload. */
const BODY_LIMIT = 256 * 1024;

/**
 * The application, ready to listen or to be asked by `inject`. The database is brought up to date first. Closing it ends its jobs and closes the
 * database; the storage is left open.
 * @throws StorageError `InvalidArgument` for what can't be.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({
    ...loggerOf(options),
    bodyLimit: BODY_LIMIT,
    trustProxy: options.trustProxy ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 1_500 },
    forceCloseConnections: 'idle',
    ...connectionLimits(options.connections),
  });
  endUnusedConnections(app);
  app.addHook('onRequest', async ({ raw }, reply) => {
    cutSlowClient(raw, reply.raw, options.connections?.slowest);
  });
  const context = await createContext(options, app);
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  answerErrors(app);
  setSecurityHeaders(app, context.publicUrl);
  logRequests(app);
  guardRoutes(app, { ...context, metricsToken: options.metricsToken });
  refuseNul(app);
  takeBodies(app);
  await addRoutes(app, context);
  return app;
}

/** An upload may take long: there is no limit for a whole request. */
function connectionLimits({ head, idle, lookEvery }: ConnectionLimits = {}) {
  return {
    http: {
      ...(head === undefined ? {} : { headersTimeout: head }),
      ...(lookEvery === undefined ? {} : { connectionsCheckingInterval: lookEvery }),
    },
    ...(idle === undefined ? {} : { keepAliveTimeout: idle }),
  };
}

type WithTus = Context & { readonly tus: TusUploads };

async function createContext(options: AppOptions, app: FastifyInstance): Promise<WithTus> {
  const { storage, secret, clock: now = () => new Date(), schedules = true } = options;
  const database = openDatabase(options.database, (error) =>
    app.log.warn({ err: error }, 'a connection to the database has broken'),
  );
  const { db } = database;
  try {
    await migrateSchema(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const sessions = new Sessions(db, now, secret);
  const shares = new Shares(db, now);
  const files = new FileStore(db, options);
  const unfinished = new UnfinishedFiles(db, now);
  const removal = new FileRemoval(unfinished, options, app.log);
  const thumbnails = await Thumbnails.open(storage, files, app.log);
  const consistency = new ConsistencyCheck(database, options, now, app.log);
  const users = new Users(database, now, options.passwordCost);
  const audit = new AuditLog(db, now);
  const workers = { db, options, now, sessions, shares, unfinished, removal };
  const removeExpiredUploads = () => tus.removeExpired();
  const all = scheduledJobs({ ...workers, removeExpiredUploads });
  const jobs = new Jobs(db, now, app.log, all, schedules);
  const context: Context = {
    ...{ options, database, db, storage, now, users, sessions, audit },
    ...{ files, unfinished, removal, thumbnails, shares, jobs, consistency },
    publicUrl: () => urlOf(options).replace(/\/$/, ''),
  };
  const tus = new TusUploads(context);
  app.addHook('onClose', async () => {
    await Promise.all([jobs.close(), consistency.close()]);
    await database.close();
  });
  return { ...context, tus };
}

async function addRoutes(app: FastifyInstance, context: WithTus): Promise<void> {
  const { options, audit, tus } = context;
  const rates = createRates(app, options);
  accountRoutes(app, context, rates);
  fileRoutes(app, context);
  uploadRoute(app, context, rates);
  tus.addRoutes(app, rates);
  directRoutes(app, context, rates);
  folderRoutes(app, context);
  shareRoutes(app, context, rates);
  adminRoutes(app, context);
  healthRoutes(app, context);
  if (options.migration !== undefined)
    migrationRoutes(app, {
      service: options.migration,
      onAction: (request, action, detail) =>
        audit.record(request, `migration.${action}`, 'migration', detail),
    });
  if (options.webRoot !== undefined)
    await pageRoutes(app, options.webRoot, options.bucketOrigins ?? []);
}

/** Bodies of uploads are streams that their routes read; JSON may be left out. */
function takeBodies(app: FastifyInstance): void {
  const streamed = ['multipart/form-data', 'application/offset+octet-stream'];
  app.addContentTypeParser(streamed, (_request, _payload, done) => done(null));
  app.removeContentTypeParser('text/plain');
}

/** One line for each request, without what is secret in its address. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, ip, user } = request;
    request.log.info(
      {
        ...{ method, url: loggedUrl(request.url), status: reply.statusCode, ip },
        user: user?.id,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}

function loggerOf({ logger }: AppOptions) {
  if (logger === undefined) return {};
  return 'child' in logger ? { loggerInstance: logger } : { logger };
}

function urlOf({ publicUrl }: AppOptions): string {
  return typeof publicUrl === 'function' ? publicUrl() : publicUrl;
}
