import { download } from '@org/storage-http';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.js';
import { userOfRequest } from '../security/access.js';
import { noFile, notFound } from '../security/app-error.js';
import { httpRequest, sendAnswer } from '../security/http-answer.js';
import { BATCH, deleteFile, runBatch } from './batch.js';
import { sendContent } from './content.js';
import { listFiles, listFolders } from './listing.js';
import { fileName, fileUrl, folderPath, visibility } from './names.js';
import { fileView, maySee, type OwnedFile } from './view.js';

const ID = z.object({ id: z.string() });

const LIST = z.object({
  folder: folderPath.default(''),
  query: z.string().max(200).optional(),
  type: z.string().max(100).optional(),
  sort: z.enum(['name', 'size', 'uploadedAt']).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  cursor: z.string().max(2_000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const CHANGE = z.strictObject({
  name: fileName.optional(),
  folder: folderPath.optional(),
  visibility: visibility.optional(),
});

/** Files as people see them. */
export function fileRoutes(app: FastifyInstance, context: Context): void {
  const { db, files, thumbnails, storage, audit } = context;
  const user = { config: { access: 'user' } } as const;
  const open = { config: { access: 'public' } } as const;
  const view = (row: OwnedFile) => fileView(row, thumbnails.has);

  app.get('/api/files', user, async (request) => {
    const { query, type, ...page } = LIST.parse(request.query);
    const viewer = userOfRequest(request).id;
    const searched = query !== undefined && query !== '';
    const filter = {
      viewer,
      below: searched,
      ...(searched ? { query } : {}),
      ...(type === undefined || type === '' ? {} : { type }),
    };
    const { rows, nextCursor } = await listFiles(db, { ...page, ...filter });
    const first = page.cursor === undefined && !searched;
    const folders = first ? await listFolders(db, viewer, page.folder) : [];
    const items = await Promise.all(rows.map(async (row) => view(await files.completed(row))));
    return { folders, items, nextCursor };
  });

  app.get('/api/files/:id', user, async (request) =>
    view(await files.visible(request.user, ID.parse(request.params).id)),
  );

  app.patch('/api/files/:id', user, async (request) => {
    const { id } = ID.parse(request.params);
    const change = CHANGE.parse(request.body);
    const row = await files.change(userOfRequest(request), id, change);
    await audit.record(request, 'file.change', id, change);
    return view(row);
  });

  app.delete('/api/files/:id', user, async (request, reply) => {
    await deleteFile(context, request, ID.parse(request.params).id);
    return reply.code(204).send();
  });

  app.post('/api/files/batch', user, async (request) =>
    runBatch(context, request, BATCH.parse(request.body)),
  );

  app.get('/files/:id/thumbnail', open, async (request, reply) => {
    const row = await files.visible(request.user, ID.parse(request.params).id);
    const key = await thumbnails.of(row);
    if (key === undefined) throw notFound('There is no small picture of this file.');
    const answer = await download(storage, key, httpRequest(request, reply), {
      cacheControl: 'private, max-age=3600',
    });
    return sendAnswer(reply, answer);
  });

  app.get('/files/:id/:name', open, async (request, reply) => {
    const row = await files.visible(request.user, ID.parse(request.params).id);
    const { download: saved } = z.object({ download: z.string().optional() }).parse(request.query);
    return sendContent(context, request, reply, row, { attachment: saved !== undefined });
  });

  // Where files were before they had a row to be found by.
  app.get('/uploads/*', open, async (request, reply) => {
    const { '*': path } = z.object({ '*': z.string() }).parse(request.params);
    const row = await files.byPath(path);
    if (row === undefined || !maySee(request.user, row)) throw noFile();
    return reply
      .header('cache-control', 'private, no-cache')
      .redirect(fileUrl(row.id, row.name), 301);
  });
}
