import { randomBytes } from 'node:crypto';
import { StorageError } from '@org/storage-core';
import { methodNotAllowed, problem } from '../answer/problem.js';
import type { HttpHandler, HttpRequest } from '../message.js';
import { progressEvents } from './progress-events.js';
import type { ReceivedBytes } from './upload-options.js';

/** Of an upload that is under way, or has ended a while ago. */
export interface UploadState extends ReceivedBytes {
  readonly state: 'receiving' | 'done' | 'failed';
}

export interface UploadProgressOptions {
  /** Uploads that are known at once; to open one more forgets the oldest. Default 10,000. */
  readonly maxUploads?: number | undefined;
  /** Milliseconds without news after which an upload is forgotten. Default ten minutes. */
  readonly expiresAfter?: number | undefined;
}

/** How far uploads are, for who has their ids. */
export interface UploadProgress {
  /**
   * A new upload. Its id is not to be guessed: who has it may see how far the upload is, and nothing else. The client gets it before it
   * begins, and sends it with the upload.
   */
  open(): string;
  /** For `onProgress` of `receiveUploads`; of an id that is not known, nobody is told. */
  reporter(id: string | undefined): (progress: ReceivedBytes) => void;
  /** Ends it for those who look on. */
  finish(id: string | undefined, state: 'done' | 'failed'): void;
  get(id: string): UploadState | undefined;
  /**
   * Answers GET with server-sent events, `progress` while bytes come in and `done` or `failed` at the end, each with
   * `{ "received", "total", "state" }`. A client that reads slowly is told the latest alone.
   */
  handler(idOf: (request: HttpRequest) => string | undefined): HttpHandler;
}

interface Entry {
  state: UploadState;
  heard: number;
  readonly watchers: Set<() => void>;
}

/** Who looks on at one upload at once. */
const MAX_WATCHERS = 10;

const ID_BYTES = 18;

const BEGUN: UploadState = { received: 0, total: undefined, state: 'receiving' };

/** Keeps how far uploads are, in the memory of this process. */
export function uploadProgress(options: UploadProgressOptions = {}): UploadProgress {
  const { maxUploads = 10_000, expiresAfter = 600_000 } = options;
  if (!(maxUploads >= 1 && expiresAfter > 0))
    throw new StorageError('InvalidArgument', 'maxUploads and expiresAfter are above 0');
  const entries = new Map<string, Entry>(); // the one that was heard of longest ago first

  const forget = (id: string, { watchers }: Entry) => {
    entries.delete(id);
    for (const tell of watchers) tell();
  };
  const known = (id: string | undefined): Entry | undefined => {
    const now = performance.now();
    for (const [old, entry] of entries) {
      if (now - entry.heard < expiresAfter) break;
      forget(old, entry);
    }
    return id === undefined ? undefined : entries.get(id);
  };
  const report = (id: string | undefined, change: Partial<UploadState>) => {
    const entry = known(id);
    if (id === undefined || entry === undefined || entry.state.state !== 'receiving') return;
    entry.state = { ...entry.state, ...change };
    entry.heard = performance.now();
    entries.delete(id);
    entries.set(id, entry);
    for (const tell of entry.watchers) tell();
  };

  return {
    open() {
      known(undefined);
      const id = randomBytes(ID_BYTES).toString('base64url');
      entries.set(id, { state: BEGUN, heard: performance.now(), watchers: new Set() });
      const [oldest] = entries;
      if (entries.size > maxUploads && oldest !== undefined) forget(...oldest);
      return id;
    },
    reporter:
      (id) =>
      ({ received, total }) =>
        report(id, { received, total }),
    finish(id, state) {
      report(id, { state });
    },
    get: (id) => known(id)?.state,
    handler: (idOf) => async (request) => {
      if (request.method !== 'GET') return methodNotAllowed(['GET']);
      const id = idOf(request);
      const entry = known(id);
      if (id === undefined || entry === undefined) return problem(404);
      const { watchers } = entry;
      if (watchers.size >= MAX_WATCHERS) return problem(429, { headers: { 'retry-after': '5' } });
      const body = progressEvents(
        () => entries.get(id)?.state,
        (tell) => {
          watchers.add(tell);
          return () => watchers.delete(tell);
        },
      );
      const headers = {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no', // nginx would hold events back
      };
      return { status: 200, headers, body };
    },
  };
}
