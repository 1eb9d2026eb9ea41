import { describe } from '../api/client.js';
import { ApiError } from '../api/error.js';
import type { SessionStore } from '../session.js';
import { bytes } from '../text/quantity.js';
import { chosenMethod, senderFor } from './method.js';
import { rest } from './rest.js';
import type { Sender, SendTask, UploadRequest } from './task.js';
import { tusSender } from './tus-sender.js';

/** Files on their way at a time. */
const PARALLEL = 3;

type UploadState = 'waiting' | 'sending' | 'paused' | 'failed' | 'done';

/** Milliseconds before the next try where the server has had enough requests for now: many files are many requests. */
const REST = 5_000;

/** One file in the queue. Only the queue changes it. */
export interface UploadItem extends UploadRequest {
  readonly state: UploadState;
  /** Bytes. */
  readonly sent: number;
  readonly problem?: string | undefined;
  readonly retryable?: boolean;
  readonly fileId?: string | undefined;
}

type Mutable = { -readonly [Name in keyof UploadItem]: UploadItem[Name] } & {
  sender: Sender;
  control: AbortController;
};

/** What is being uploaded. It outlives the pages: whoever shows it listens. */
export class UploadQueue {
  readonly #items = new Map<UploadItem, Mutable>();
  readonly #session: SessionStore;
  readonly #changed = new Set<() => void>();
  readonly #stored = new Set<() => void>();

  constructor(session: SessionStore) {
    this.#session = session;
    addEventListener('online', () => this.#retryUnreachable());
    addEventListener('beforeunload', (event) => {
      if (this.active) event.preventDefault();
    });
  }

  get items(): readonly UploadItem[] {
    return [...this.#items.values()];
  }

  /** Whether leaving the page would interrupt something. */
  get active(): boolean {
    return this.items.some(({ state }) => state === 'sending' || state === 'waiting');
  }

  onChange(listener: () => void): void {
    this.#changed.add(listener);
  }

  /** Is told when files have arrived. Returns how to be left alone again. */
  onStored(listener: () => void): () => void {
    this.#stored.add(listener);
    return () => this.#stored.delete(listener);
  }

  add(requests: readonly UploadRequest[]): void {
    const { maxBytes } = this.#session.current.limits;
    for (const request of requests) {
      const { size } = request.file;
      const tooLarge = size > maxBytes;
      const item: Mutable = {
        ...request,
        state: tooLarge ? 'failed' : 'waiting',
        sent: 0,
        sender: senderFor(chosenMethod(), size, this.#session.current),
        control: new AbortController(),
        ...(tooLarge
          ? {
              problem: `Larger than ${bytes(maxBytes)}, which is the limit here.`,
              retryable: false,
            }
          : {}),
      };
      this.#items.set(item, item);
    }
    this.#advance();
  }

  pause(item: UploadItem): void {
    const mine = this.#items.get(item);
    if (mine?.state !== 'sending' && mine?.state !== 'waiting') return;
    mine.state = 'paused';
    mine.control.abort();
    this.#advance();
  }

  /** Goes on with one that was paused, or tries one again that has failed. */
  resume(item: UploadItem): void {
    const mine = this.#items.get(item);
    if (mine?.state !== 'paused' && mine?.state !== 'failed') return;
    mine.state = 'waiting';
    mine.problem = undefined;
    this.#advance();
  }

  /** Takes it out of the queue, and off the server if it was not whole. */
  async remove(item: UploadItem): Promise<void> {
    const mine = this.#items.get(item);
    if (mine === undefined) return;
    this.#items.delete(item);
    const unfinished = mine.state !== 'done';
    mine.control.abort();
    this.#advance();
    if (unfinished) await mine.sender.discard(mine);
  }

  clearDone(): void {
    for (const [item, { state }] of this.#items) if (state === 'done') this.#items.delete(item);
    this.#tell();
  }

  #advance(): void {
    const all = [...this.#items.values()];
    let free = PARALLEL - all.filter(({ state }) => state === 'sending').length;
    for (const item of all) {
      if (free <= 0) break;
      if (item.state !== 'waiting') continue;
      free--;
      void this.#send(item);
    }
    this.#tell();
  }

  async #send(item: Mutable): Promise<void> {
    item.state = 'sending';
    const control = new AbortController();
    item.control = control;
    const task = {
      file: item.file,
      folder: item.folder,
      visibility: item.visibility,
      signal: control.signal,
      progress: (sent: number) => {
        if (control.signal.aborted) return;
        item.sent = sent;
        this.#tell();
      },
    };
    try {
      item.fileId = await this.#sendBy(item, task);
      item.state = 'done';
      item.sent = item.file.size;
      for (const listener of this.#stored) listener();
    } catch (error) {
      if (!control.signal.aborted) fail(item, error);
    }
    this.#advance();
  }

  async #sendBy(item: Mutable, task: SendTask): Promise<string | undefined> {
    for (;;) {
      try {
        return await item.sender.send(task);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 429) await rest(REST, task.signal);
        else if (error.code === 'not_direct') {
          // The mode of a migration has changed since the page was loaded: the server takes what was meant for S3.
          item.sender = tusSender;
          void this.#session.refresh().catch(() => undefined);
        } else throw error;
      }
    }
  }

  #retryUnreachable(): void {
    for (const item of this.#items.values())
      if (item.state === 'failed' && item.retryable) this.resume(item);
  }

  #tell(): void {
    for (const listener of this.#changed) listener();
  }
}

function fail(item: Mutable, error: unknown): void {
  item.state = 'failed';
  item.problem = describe(error);
  item.retryable = !(error instanceof ApiError) || ![413, 415, 422].includes(error.status);
}
