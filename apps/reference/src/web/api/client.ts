import type { SessionView } from '../../api-types.js';
import { ApiError, answeredError, unreachable } from './error.js';

export { ApiError, describe } from './error.js';

type Query = Readonly<Record<string, string | number | undefined>>;

let token = '';
let signedOut = (): void => undefined;

/** What every request that changes something carries. */
export function csrfToken(): string {
  return token;
}

/** Is told when the server no longer knows who we are. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

/** The session as it is now; the token in it is kept for what follows. */
export async function fetchSession(): Promise<SessionView> {
  const session = await send<SessionView>('GET', '/api/session');
  token = session.csrfToken;
  return session;
}

/** Answers are taken to be as the contract says: the server is of the same release. */
export const api = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
    send<T>('GET', path + queryString(query), undefined, signal),
  post: <T = void>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> =>
    change<T>('POST', path, body ?? {}, signal),
  patch: <T = void>(path: string, body: unknown): Promise<T> => change<T>('PATCH', path, body),
  delete: (path: string, query: Query = {}): Promise<void> =>
    change<void>('DELETE', path + queryString(query)),
};

/** With `?` where there is something to ask. */
function queryString(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** A token ages with the session: one that is refused is fetched anew, once. */
async function change<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await send<T>(method, path, body, signal);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'csrf')) throw error;
    await fetchSession();
    return send<T>(method, path, body, signal);
  }
}

async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'GET' ? {} : { 'x-csrf-token': token }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
  }).catch((error: unknown) => {
    throw signal?.aborted ? error : unreachable();
  });
  const text = await answer.text();
  if (answer.status === 401 && path !== '/api/login') signedOut();
  if (!answer.ok) throw answeredError(answer.status, text);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
