import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { StorageError } from '@org/storage-core';
import type { Alert, AlertSink } from './alert.js';
import type { LabelValues } from './series.js';
import { webhookPayload } from './webhook-payload.js';

export interface WebhookSinkOptions {
  /** Where it is posted to: `https:` or `http:`, without a user's name. It is in no message, beyond its host. */
  readonly url: string | URL;
  /** Sent with it, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Signs the body, so that the receiver knows where it is from: `Storage-Signature: t=TIME,v1=HEX`, the HMAC-SHA-256 of `TIME.BODY`,
   * with the time in seconds since 1970. Default: it is not signed.
   */
  readonly secret?: string | undefined;
  /** Added to the labels of all alerts, such as `{ instance: 'files-1' }`. */
  readonly labels?: LabelValues | undefined;
  /** The name that the body has for the receiver. Default `storage`. */
  readonly receiver?: string | undefined;
  /** Milliseconds for one attempt. Default 10,000. */
  readonly timeout?: number | undefined;
  /** In all, the first included. Default 5. */
  readonly attempts?: number | undefined;
  /** Milliseconds after the first attempt that failed; doubled with each one more, up to 30 seconds. Default 1,000. */
  readonly firstDelay?: number | undefined;
}

/** Posts that wait while the receiver does not answer; then the oldest is given up. */
const WAITING = 20;

const LONGEST_DELAY = 30_000;

/**
 * Posts alerts as JSON, as Alertmanager does: see {@link WebhookPayload}. One post after the other; what can't be delivered is tried
 * again, unless the receiver refuses it (4xx, but 408 and 429), and redirects are not followed.
 * @throws StorageError `InvalidArgument`.
 */
export function webhookSink(options: WebhookSinkOptions): AlertSink {
  return new WebhookSink(options);
}

class WebhookSink implements AlertSink {
  readonly #options: WebhookSinkOptions;
  readonly #url: URL;
  readonly #queue: { alerts: readonly Alert[]; done: (error?: StorageError) => void }[] = [];
  #posting: Promise<void> | undefined;

  constructor(options: WebhookSinkOptions) {
    const { timeout = 10_000, attempts = 5, firstDelay = 1_000 } = options;
    this.#url = checkedUrl(options.url);
    for (const [name, value] of Object.entries({ timeout, attempts, firstDelay }))
      if (!(value > 0)) throw invalid(`${name} is ${value}; it has to be above 0`);
    if (options.secret === '') throw invalid('the secret is empty');
    checkHeaders(options.headers);
    this.#options = options;
  }

  send(alerts: readonly Alert[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: StorageError) => (error === undefined ? resolve() : reject(error));
      this.#queue.push({ alerts, done });
      if (this.#queue.length > WAITING)
        this.#queue.shift()?.done(this.#failure('too many alerts wait; the oldest are given up'));
      this.#posting ??= this.#work();
    });
  }

  async close(): Promise<void> {
    while (this.#posting !== undefined) await this.#posting;
  }

  async #work(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
      next.done(await this.#deliver(next.alerts));
    this.#posting = undefined; // at once: what is sent from here on has to begin anew
  }

  /** @returns why it was given up. */
  async #deliver(alerts: readonly Alert[]): Promise<StorageError | undefined> {
    const { receiver = 'storage', labels = {}, attempts = 5, firstDelay = 1_000 } = this.#options;
    const body = JSON.stringify(webhookPayload(alerts, receiver, labels));
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#post(body);
      if (failure === undefined) return undefined;
      if (!failure.retryable || attempt >= attempts) return failure;
      const delay = Math.min(LONGEST_DELAY, firstDelay * 2 ** (attempt - 1));
      await wait(delay, undefined, { ref: false });
    }
  }

  async #post(body: string): Promise<StorageError | undefined> {
    const { timeout = 10_000 } = this.#options;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers(body),
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      });
      await response.body?.cancel().catch(() => {});
      if (response.ok) return undefined;
      const { status } = response;
      return this.#failure(`it answered ${status}`, status >= 500 || [408, 429].includes(status));
    } catch (error) {
      return this.#failure(reasonOf(error));
    }
  }

  #headers(body: string): Headers {
    const { headers: given, secret } = this.#options;
    const headers = new Headers(given);
    headers.set('Content-Type', 'application/json');
    if (secret === undefined) return headers;
    const time = Math.floor(Date.now() / 1000);
    const hash = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    headers.set('Storage-Signature', `t=${time},v1=${hash}`);
    return headers;
  }

  /** Without a cause, which may show the address and its secrets. */
  #failure(reason: string, retryable = true): StorageError {
    const message = `alerts could not be delivered to ${this.#url.host}: ${reason}`;
    return new StorageError('Unavailable', message, { operation: 'alert', retryable });
  }
}

/** The system's code, such as `ECONNREFUSED`: messages may hold the address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  const { cause } = error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code;
  return typeof code === 'string' ? code : 'the connection failed';
}

function checkedUrl(given: string | URL): URL {
  const url = URL.canParse(given.toString()) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw invalid('its address begins with https:// or http://');
  if (url.username !== '' || url.password !== '')
    throw invalid('its address holds a user’s name or password: send them as a header instead');
  return url;
}

function checkHeaders(headers: Readonly<Record<string, string>> | undefined): void {
  try {
    new Headers(headers);
  } catch {
    throw invalid('one of its headers is none that HTTP allows'); // which one is not told: it may be a secret
  }
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidArgument', `a webhook for alerts: ${message}`);
}
