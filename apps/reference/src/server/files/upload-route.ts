import { isStorageError } from '@org/storage-core';
import { type ReceivedUploads, receiveUploads } from '@org/storage-http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FileView } from '../../api-types.js';
import type { Context } from '../context.js';
import type { UnfinishedFileRow } from '../database/schema.js';
import { userOfRequest } from '../security/access.js';
import { AppError, invalid, wrongType } from '../security/app-error.js';
import { appErrorOf } from '../security/error-answer.js';
import { httpRequest } from '../security/http-answer.js';
import type { Rates } from '../security/rates.js';
import { lookUp } from './place.js';
import { UPLOAD_FIELDS } from './upload-fields.js';
import { fileView } from './view.js';

interface Rejection {
  readonly name: string;
  readonly error: AppError;
}

/** Forms with files. What is stored has an unfinished row before its first byte is: see `UnfinishedFiles`. */
export function uploadRoute(app: FastifyInstance, context: Context, rates: Rates): void {
  const { options, storage, unfinished, removal } = context;

  app.post('/api/files', { config: { access: 'user' } }, async (request, reply) => {
    await rates.upload(request);
    const begun = new Map<string, UnfinishedFileRow>();
    const done = new Set<string>();
    try {
      const received = await receive(request, reply, begun);
      const files: FileView[] = [];
      const rejected = received.rejected.map(({ filename, reason, error }) =>
        rejection(request, filename, reason === 'type' ? wrongType() : error),
      );
      for (const { key, filename } of received.files) {
        const row = begun.get(key);
        if (row === undefined) continue;
        try {
          files.push(await finish(request, row.id, key));
          done.add(row.id);
        } catch (error) {
          rejected.push(rejection(request, filename, error)); // those before it are files already
        }
      }
      if (files.length + rejected.length === 0) throw invalid('There is no file in the request.');
      if (files.length === 0) refuseIfAway(rejected);
      return reply.code(201).send({ files, rejected: rejected.map(shown) });
    } catch (error) {
      reply.header('connection', 'close'); // the rest of the body is not read
      throw ofRequest(error);
    } finally {
      for (const { id } of begun.values()) if (!done.has(id)) await removal.giveUp(id);
    }
  });

  function receive(
    request: FastifyRequest,
    reply: FastifyReply,
    begun: Map<string, UnfinishedFileRow>,
  ): Promise<ReceivedUploads> {
    const { maxBytes, types } = options.uploads;
    const user = userOfRequest(request);
    return receiveUploads(httpRequest(request, reply), {
      storage,
      // Keys are fresh: nothing is replaced. A condition would keep a spool, and some servers' uploads in parts, from taking the file.
      overwrite: true,
      limits: { fileSize: maxBytes, totalSize: maxBytes * 20 + 2 ** 20, files: 100 },
      ...(types.length === 0 ? {} : { types }),
      key: async ({ filename, contentType, fields }) => {
        const given = UPLOAD_FIELDS.parse(Object.fromEntries(fields));
        const file = { ...given, ownerId: user.id, name: filename, contentType };
        const row = await unfinished.begin(file, 'upload');
        begun.set(row.key, row);
        return row.key;
      },
    });
  }

  async function finish(request: FastifyRequest, id: string, key: string): Promise<FileView> {
    const user = userOfRequest(request);
    const row = await unfinished.finish(id, await lookUp(options, key));
    await context.audit.record(request, 'file.upload', id, { name: row.name, size: row.size });
    return fileView({ ...row, owner_name: user.name }, context.thumbnails.has);
  }
}

/** What is wrong with the request itself; of a file, it is rejected. */
function ofRequest(error: unknown): unknown {
  if (isStorageError(error, 'Unsupported'))
    return new AppError(415, 'encoded', 'Send the files as they are, without compression.');
  if (isStorageError(error, 'InvalidArgument'))
    return invalid('The form is damaged, or breaks off.');
  return error;
}

function rejection(request: FastifyRequest, name: string, cause: unknown): Rejection {
  const error = appErrorOf(cause);
  if (error.status >= 500) request.log.error({ err: cause }, 'a file could not be stored');
  return { name, error };
}

/** @throws AppError 503 if nothing but the store's being away was in the way of each file: the request can be sent again as it is. */
function refuseIfAway(rejected: readonly Rejection[]): void {
  const [first] = rejected;
  if (first !== undefined && rejected.every(({ error }) => error.status === 503)) throw first.error;
}

function shown({ name, error: { code, message } }: Rejection) {
  return { name, code, message };
}
