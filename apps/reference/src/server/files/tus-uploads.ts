import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingFile } from '@org/storage-http';
import { type FinishedTusUpload, StorageTusStore } from '@org/storage-http/tus';
import { EVENTS, MemoryLocker, Server } from '@tus/server';
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

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Uploads that go on after a break, https://tus.io/protocols/resumable-upload; each is the affair of whoever has begun it. */
export class TusUploads {
  readonly #context: Context;
  readonly #server: Server;
  readonly #store: StorageTusStore;
  readonly #locker = new MemoryLocker();
  readonly #exchanges = new AsyncLocalStorage<Exchange>();
  readonly #forgetting = new Set<Promise<void>>();
  /** The ids of files, by those of uploads that have just ended. */
  readonly #finished = new Map<string, string>();

  constructor(context: Context) {
    this.#context = context;
    const { maxBytes, types } = context.options.uploads;
    this.#store = new StorageTusStore({
      storage: context.storage,
      prefix: UPLOADS,
      ...(types.length === 0 ? {} : { types }),
      key: (file, id) => this.#key(file, id),
      finished: (upload) => this.#finish(upload),
    });
    this.#server = new Server({
      path: PATH,
      locker: this.#locker,
      relativeLocation: true,
      maxSize: maxBytes,
      datastore: this.#store,
      namingFunction: () => `${userOfRequest(this.#exchange().request).id}_${randomUUID()}`,
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
      const exchange = { request, reply };
      await this.#exchanges.run(exchange, () => this.#server.handle(request.raw, reply.raw));
    };
    this.#server.on(EVENTS.POST_CREATE, (_request, { id }) => this.#begun(app, id));
    app.addHook('onClose', async () => {
      await Promise.all(this.#forgetting);
    });
    app.route({ method: methods, url: PATH, config, handler: handle });
    app.route({ method: methods, url: `${PATH}/:id`, config, handler: handle });
  }

  /** @returns How many there were. */
  removeExpired(): Promise<number> {
    return this.#server.cleanUpExpiredUploads();
  }

  /** Who has gone before he was told of his upload will never go on with it. */
  #begun(app: FastifyInstance, id: string): void {
    const response = this.#exchange().reply.raw;
    const end = () => {
      if (response.writableFinished) return;
      const forgotten = this.#forget(id)
        .catch((err: unknown) => app.log.warn({ err }, 'an upload is left until it expires'))
        .finally(() => this.#forgetting.delete(forgotten));
      this.#forgetting.add(forgotten);
    };
    if (response.closed) end();
    else response.once('close', end);
  }

  /** When the request that has begun it has ended: what it was sent with it is being stored. */
  async #forget(id: string): Promise<void> {
    const lock = this.#locker.newLock(id);
    await lock.lock(new AbortController().signal, () => {});
    try {
      await this.#store.remove(id);
    } finally {
      await lock.unlock();
    }
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
    const request = this.#exchanges.getStore()?.request;
    if (request !== undefined) await audit.record(request, 'file.upload', row.id, { name, size });
  }

  #exchange(): Exchange {
    const exchange = this.#exchanges.getStore();
    if (exchange === undefined) throw noFile();
    return exchange;
  }
}

function ownerOf(id: string): string {
  return id.split('_')[0] ?? '';
}

/** As the server of tus takes it. */
function tusError({ status, code, message }: AppError) {
  return { status_code: status, body: JSON.stringify({ error: { code, message } }) };
}
