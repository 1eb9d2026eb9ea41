import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from './account.js';
import { ANONYMOUS, authenticate } from './authentication.js';
import type { S3Error } from './error.js';
import type { FaultControl } from './faults.js';
import { answerPreflight, corsHeadersOf } from './preflight.js';
import { parseRequest, type S3Request } from './request.js';
import { RequestBody } from './request-body.js';
import { type OperationName, operationOf, route } from './router.js';
import { hostId, sendError, sendResponse } from './send.js';
import type { Store } from './store.js';
import { ConnectionCut, StruckRequest } from './struck-request.js';

export interface ServiceOptions {
  readonly store: Store;
  readonly region: string;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly faults: FaultControl;
  readonly host: string;
}

/** One request and its answer. */
export class Exchange {
  operation: OperationName | undefined;
  request: S3Request | undefined;
  readonly #id: string;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #heldBack: boolean;
  #struck = new StruckRequest([]);
  #body: RequestBody | undefined;

  constructor(id: string, message: IncomingMessage, response: ServerResponse, heldBack: boolean) {
    this.#id = id;
    this.#message = message;
    this.#response = response;
    this.#heldBack = heldBack;
    response.setHeader('x-amz-request-id', id);
    response.setHeader('x-amz-id-2', hostId(id));
    response.setHeader('server', 'AmazonS3');
  }

  async run(options: ServiceOptions, hostSuffixes: readonly string[]): Promise<void> {
    const { store, region, accounts, faults } = options;
    const request = parseRequest(this.#message, this.#id, hostSuffixes);
    this.request = request;
    if (request.method === 'OPTIONS') {
      const answer = answerPreflight(store, request);
      await sendResponse(this.#response, answer, store.bodies, this.#struck);
      this.#message.resume();
      return;
    }
    for (const [name, value] of Object.entries(corsHeadersOf(store, request))) {
      this.#response.setHeader(name, value);
    }
    const operation = route(request);
    this.operation = operation;
    const { method, bucket, key } = request;
    const struck = new StruckRequest(faults.strike({ operation, method, bucket, key }));
    this.#struck = struck;
    this.#body = new RequestBody(
      this.#message,
      this.#response,
      this.#heldBack,
      struck.requestBytesBeforeCut,
    );
    await this.#begin(struck);
    // A form is signed by one of its fields, which are yet to be read.
    const authentication =
      operation === 'PostObject' ? ANONYMOUS : authenticate(request, accounts, region, Date.now());
    const answer = await operationOf(operation)({
      store,
      region,
      accounts,
      request,
      authentication,
      sender: {
        account: authentication.account?.id,
        user: authentication.account?.user,
        operation,
        request,
      },
      leniency: struck,
      now: Date.now,
      wire: this.#body,
    });
    try {
      if (struck.losesAnswer) throw new ConnectionCut();
      await sendResponse(this.#response, answer, store.bodies, struck);
    } finally {
      if (answer.content) store.bodies.release(answer.content.segments);
    }
    this.#body.drain();
  }

  /** Answers with an error, or cuts the connection where that is what happened or nothing else can be done. */
  fail(error: unknown, answer: S3Error): void {
    const response = this.#response;
    if (error instanceof ConnectionCut || this.#struck.losesAnswer || response.headersSent) {
      this.#message.socket.destroy();
      return;
    }
    if (response.destroyed || this.#message.socket.destroyed) return;
    const resource = (this.#message.url ?? '/').replace(/\?.*$/s, '');
    sendError(response, answer, { id: this.#id, method: this.#message.method ?? '', resource });
    if (this.#body) this.#body.drain();
    else this.#message.resume();
  }

  async #begin(struck: StruckRequest): Promise<void> {
    const gone = new AbortController();
    const abort = () => gone.abort();
    this.#response.once('close', abort);
    try {
      await struck.begin(gone.signal);
    } catch (error) {
      if (gone.signal.aborted) throw new ConnectionCut();
      throw error;
    } finally {
      this.#response.off('close', abort);
    }
  }
}
