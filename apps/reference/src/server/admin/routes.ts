import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Analytics } from '../../api-types.js';
import type { Context } from '../context.js';
import { BATCH, runBatch } from '../files/batch.js';
import { addUpDownloads, downloadDays, mostDownloaded } from '../files/downloads.js';
import { listFiles } from '../files/listing.js';
import { visibility } from '../files/names.js';
import { fileView, type OwnedFile } from '../files/view.js';

const optional = z
  .string()
  .max(300)
  .optional()
  .transform((text) => (text === '' ? undefined : text));

const page = { cursor: optional, limit: z.coerce.number().int().min(1).max(200).default(50) };

const time = optional.pipe(z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional());

const FILES = z.object({
  ...page,
  provider: optional,
  owner: optional,
  query: optional,
  contentType: optional,
  visibility: optional.pipe(visibility.optional()),
  minSize: z.coerce.number().int().min(0).optional(),
  before: time,
  sort: z.enum(['name', 'size', 'uploadedAt']).default('uploadedAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
});

const AUDIT = z.object({ ...page, actor: optional, action: optional, since: time });

const USER = z.strictObject({
  role: z.enum(['user', 'admin']).optional(),
  disabled: z.boolean().optional(),
});

const DAYS = z.object({ days: z.coerce.number().int().min(1).max(366).default(30) });

const DAY = 86_400_000;

/** What administrators see and do. */
export function adminRoutes(app: FastifyInstance, context: Context): void {
  const { db, files, users, audit, jobs, consistency, thumbnails, now } = context;
  const route = { config: { access: 'admin' } } as const;
  const view = (row: OwnedFile) => fileView(row, thumbnails.has);

  app.get('/api/admin/files', route, async (request) => {
    const { contentType, ...filter } = FILES.parse(request.query);
    const { rows, nextCursor } = await listFiles(db, { ...filter, type: contentType });
    return {
      items: await Promise.all(rows.map(async (row) => view(await files.completed(row)))),
      nextCursor,
    };
  });

  app.post('/api/admin/files/batch', route, async (request) =>
    runBatch(context, request, BATCH.parse(request.body)),
  );

  app.get('/api/admin/users', route, async () => ({ items: await users.list(), nextCursor: null }));

  app.patch('/api/admin/users/:id', route, async (request) => {
    const { id } = z.object({ id: z.string() }).parse(request.params);
    const change = USER.parse(request.body);
    const user = await users.change(id, change);
    await audit.record(request, 'account.change', user.email, change);
    return user;
  });

  app.get('/api/admin/audit', route, async (request) => {
    const { limit, cursor, ...filter } = AUDIT.parse(request.query);
    const before = cursor === undefined ? undefined : z.coerce.number().int().parse(cursor);
    const entries = await audit.list({ ...filter, before, limit: limit + 1 });
    const items = entries.slice(0, limit);
    const last = entries.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last === undefined ? null : String(last.id) };
  });

  app.post('/api/admin/consistency', route, async (request, reply) => {
    consistency.start();
    await audit.record(request, 'consistency.check', 'files');
    return reply.code(202).send(consistency.state);
  });

  app.get('/api/admin/consistency', route, async () => consistency.state);

  app.get('/api/admin/analytics', route, async (request) => {
    const { days } = DAYS.parse(request.query);
    const since = new Date(now().getTime() - (days - 1) * DAY).toISOString().slice(0, 10);
    await addUpDownloads(db);
    const top: Analytics['top'][number][] = [];
    for (const { id, count } of await mostDownloaded(db, since, 10)) {
      const row = await files.byId(id);
      if (row !== undefined) top.push({ file: view(row), count });
    }
    return { downloads: await downloadDays(db, since), top } satisfies Analytics;
  });

  app.get('/api/admin/jobs', route, async () => jobs.list());

  app.post('/api/admin/jobs/:name/run', route, async (request) => {
    const { name } = z.object({ name: z.string() }).parse(request.params);
    const detail = await jobs.run(name);
    await audit.record(request, 'job.run', name, { detail });
    return { name, detail };
  });
}
