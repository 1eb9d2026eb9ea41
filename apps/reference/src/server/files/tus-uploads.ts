import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingFile } from '@org/storage-http';
import { type FinishedTusUpload, StorageTusStore } from '@org/storage-http/tus';
import { Server } from '@tus/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.js';
import { userOfRequest } from '../security/access.js';
import { type AppError, noFile } from '../security/app-error.js';
import { appErrorOf } from '../security/error-answer.js';
import type { Rates } from '../security/rates.js';
import { lookUp } from './place.js';
import { UPLOAD_FIELDS } from './upload-fields.js';
import { UPLOADS } from './upload-prefix.js';

const PATH = '/api/tus';

/** Uploads that go on after a break, https://tus.io/protocols/resumable-upload; each is the affair of whoever has begun it. */
export class TusUploads {
  readonly #context: Context;
  readonly #server: Server;
  readonly #requests = new AsyncLocalStorage<FastifyRequest>();
  /** The ids of files, by those of uploads that have just ended. */
  readonly #finished = new Map<string, string>();

  constructor(context: Context) {
    this.#context = context;
    const { maxBytes, types } = context.options.uploads;
    this.#server = new Server({
      path: PATH,
      relativeLocation: true,
      maxSize: maxBytes,
      datastore: new StorageTusStore({
        storage: context.storage,
        prefix: UPLOADS,
        ...(types.length === 0 ? {} : { types }),
        key: (file, id) => this.#key(file, id),
        finished: (upload) => this.#finish(upload),
      }),
      namingFunction: () => `${this.#user().id}_${randomUUID()}`,
      onUploadCreate: async (_request, { metadata = {} }) => {
        const parsed = UPLOAD_FIELDS.safeParse(metadata);
        if (!parsed.success) throw tusError(appErrorOf(parsed.error));
        return { metadata: { ...metadata, ...parsed.data } };
      },
      onUploadFinish: async (_request, { id }) => {
        const file = this.#finished.get(id);
        this.#finished.delete(id);
        return file === undefined ? {} : { headers: { 'x-file-id': file } };
      },
      onResponseError: (_request, error) => {
        if ('status_code' in error) return undefined;
        return tusError(appErrorOf(error));
      },
    });
  }

  addRoutes(app: FastifyInstance, rates: Rates): void {
    const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];
    const config = { access: 'user' } as const;
    const handle = async (request: FastifyRequest, reply: FastifyReply) => {
      const { id } = z.object({ id: z.string().optional() }).parse(request.params);
      if (id !== undefined && ownerOf(id) !== userOfRequest(request).id) throw noFile();
      if (request.method === 'POST') await rates.upload(request);
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) reply.raw.setHeader(name, value);
      reply.hijack();
      await this.#requests.run(request, () => this.#server.handle(request.raw, reply.raw));
    };
    app.route({ method: methods, url: PATH, config, handler: handle });
    app.route({ method: methods, url: `${PATH}/:id`, config, handler: handle });
  }

  /** @returns How many there were. */
  removeExpired(): Promise<number> {
    return this.#server.cleanUpExpiredUploads();
  }

  async #key({ filename, contentType, fields }: IncomingFile, id: string): Promise<string> {
    const given = UPLOAD_FIELDS.parse(Object.fromEntries(fields));
    const file = { ...given, ownerId: ownerOf(id), name: filename, contentType };
    return (await this.#context.unfinished.begin(file, 'upload')).key;
  }

  /** It may have been done before: then the answer was lost. */
  async #finish({ id, metadata: { key } }: FinishedTusUpload): Promise<void> {
    const { unfinished, files, options, audit } = this.#context;
    const row = await unfinished.byKey(key);
    if (row === undefined) {
      const file = await files.byPath(key);
      if (file !== undefined) this.#finished.set(id, file.id);
      return;
    }
    const { name, size } = await unfinished.finish(row.id, await lookUp(options, key));
    this.#finished.set(id, row.id);
    const request = this.#requests.getStore();
    if (request !== undefined) await audit.record(request, 'file.upload', row.id, { name, size });
  }

  #user() {
    const request = this.#requests.getStore();
    if (request === undefined) throw noFile();
    return userOfRequest(request);
  }
}

function ownerOf(id: string): string {
  return id.split('_')[0] ?? '';
}

/** As the server of tus takes it. */
function tusError({ status, code, message }: AppError) {
  return { status_code: status, body: JSON.stringify({ error: { code, message } }) };
}
