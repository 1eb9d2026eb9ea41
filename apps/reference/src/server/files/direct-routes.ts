import { type MultipartUploads, parseETag, readAll, type UploadedPart } from '@org/storage-core';
import { allowedTypes, contentKind, SAMPLE } from '@org/storage-http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.js';
import type { UnfinishedFileRow } from '../database/schema.js';
import { userOfRequest } from '../security/access.js';
import { AppError, conflict, notFound, wrongType } from '../security/app-error.js';
import type { Rates } from '../security/rates.js';
import { directTarget, ticketFor } from './direct-uploads.js';
import { fileName, folderPath, visibility } from './names.js';
import { lookUp } from './place.js';
import { fileView } from './view.js';

const ID = z.object({ id: z.string() });

/** As a header carries it, in the upload and in each answer with the file. */
const contentType = z
  .string()
  .max(200)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[\x20-\x7e]*)?$/, 'This is no content type.');

const NEW = z.object({
  name: fileName,
  size: z.number().int().min(0),
  contentType,
  folder: folderPath.default(''),
  visibility: visibility.default('private'),
});

const PART = z.object({ number: z.number().int().min(1), etag: z.string().min(1).max(200) });

const COMPLETE = z.object({ parts: z.array(PART).max(10_000).optional() }).default({});

/** Uploads from the browser to the bucket: a ticket, the upload, and the application's word that it is a file now. */
export function directRoutes(app: FastifyInstance, context: Context, rates: Rates): void {
  const { options, unfinished, removal, storage } = context;
  const route = { config: { access: 'user' } } as const;
  const { maxBytes, types } = options.uploads;
  const allowed = types.length === 0 ? () => true : allowedTypes(types);

  app.post('/api/direct', route, async (request, reply) => {
    await rates.upload(request);
    directTarget(options);
    const file = NEW.parse(request.body);
    if (file.size > maxBytes) throw new AppError(413, 'too_large', 'The file is too large.');
    if (!allowed(file.contentType)) throw wrongType();
    const ownerId = userOfRequest(request).id;
    const row = await unfinished.begin({ ...file, ownerId }, 'direct');
    try {
      const ticket = await ticketFor(options, row);
      if (ticket.type === 'multipart') await unfinished.touch(row.id, ticket.uploadId);
      if (reply.raw.destroyed) throw new AppError(499, 'aborted', 'The request was broken off.');
      return reply.code(201).send({ id: row.id, ticket });
    } catch (error) {
      await removal.giveUp(row.id); // nobody knows of it
      throw error;
    }
  });

  app.get('/api/direct/:id', route, async (request) => {
    const row = await own(request);
    const ticket = await ticketFor(options, row);
    await unfinished.touch(row.id); // the fresh URLs must not outlive it
    const { multipart } = directTarget(options);
    const parts = row.upload_id === null ? [] : await partsOf(multipart, row.key, row.upload_id);
    return { ticket, parts };
  });

  app.post('/api/direct/:id/complete', route, async (request) => {
    const row = await own(request);
    const { parts } = COMPLETE.parse(request.body ?? undefined);
    if (row.upload_id !== null) {
      const { multipart } = directTarget(options);
      const sent = (parts ?? []).map(({ number, etag }) => ({ number, etag: parseETag(etag) }));
      // Completed before, and the answer was lost: then the object is there.
      if (!(await storage.exists(row.key)))
        await multipart?.complete(row.key, row.upload_id, sent, {});
    }
    if (!(await storage.exists(row.key)))
      throw conflict('not_uploaded', 'The file has not arrived.');
    const metadata = await lookUp(options, row.key);
    const contentType = await typeOf(row);
    if (metadata.size !== row.size || !allowed(contentType)) {
      await removal.giveUp(row.id);
      throw metadata.size === row.size
        ? wrongType()
        : conflict('wrong_size', 'The file has another size than was announced.');
    }
    const file = await unfinished.finish(row.id, { ...metadata, content_type: contentType });
    const { name, size } = file;
    await context.audit.record(request, 'file.upload', file.id, { name, size, direct: true });
    return fileView({ ...file, owner_name: userOfRequest(request).name }, context.thumbnails.has);
  });

  app.delete('/api/direct/:id', route, async (request, reply) => {
    await removal.giveUp((await own(request)).id);
    return reply.code(204).send();
  });

  async function own(request: FastifyRequest): Promise<UnfinishedFileRow> {
    const row = await unfinished.byId(ID.parse(request.params).id);
    if (row?.state !== 'direct' || row.owner_id !== userOfRequest(request).id)
      throw notFound('There is no such upload.');
    return row;
  }

  /** By the bytes: what the browser called it was only announced. */
  async function typeOf({ key, name, size }: UnfinishedFileRow): Promise<string> {
    if (size === 0) return (await contentKind(Buffer.alloc(0), name)).contentType;
    const { body } = await storage.download(key, { range: { start: 0, end: SAMPLE - 1 } });
    return (await contentKind(await readAll(body), name)).contentType;
  }
}

async function partsOf(multipart: MultipartUploads | undefined, key: string, uploadId: string) {
  const parts: UploadedPart[] = [];
  if (multipart === undefined) return parts;
  for await (const part of multipart.listParts(key, uploadId)) parts.push(part);
  return parts;
}
