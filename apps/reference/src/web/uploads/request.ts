import { answeredError, unreachable } from '../api/error.js';

export interface SendOptions {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob | FormData;
  readonly signal: AbortSignal;
  /** Bytes of the body that have left. */
  readonly progress: (sent: number) => void;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  header(name: string): string | null;
}

/** A request that tells how far its body is, which `fetch` can't. Rejects with an `ApiError`, or with the signal's reason. */
export function sendBody(options: SendOptions): Promise<Answer> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort, { once: true });
    request.open(options.method, options.url);
    for (const [name, value] of Object.entries(options.headers))
      if (name !== 'content-length') request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded }) => options.progress(loaded));
    request.addEventListener('loadend', () => {
      signal.removeEventListener('abort', abort);
      const { status, responseText: body } = request;
      if (signal.aborted) reject(signal.reason);
      else if (status === 0) reject(unreachable());
      else if (status >= 300) reject(answeredError(status, body));
      else resolve({ status, body, header: (name) => request.getResponseHeader(name) });
    });
    request.send(options.body);
  });
}
