/** Talks to the application as a page does. */
export class Client {
  readonly origin: string;
  cookie = '';
  csrfToken = '';

  constructor(origin: string) {
    this.origin = origin;
  }

  /** Gets a session, and logs in if an account is given. */
  async open(account?: { readonly email: string; readonly password: string }): Promise<void> {
    await this.#learn(await this.get('/api/session'));
    if (account !== undefined) await this.#learn(await this.post('/api/login', account));
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(path, { headers });
  }

  post(path: string, body: unknown = {}): Promise<Response> {
    return this.#json('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<Response> {
    return this.#json('PATCH', path, body);
  }

  delete(path: string): Promise<Response> {
    return this.send(path, { method: 'DELETE' });
  }

  /** Of form files, by their names. */
  upload(
    files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const [name, content] of Object.entries(files))
      form.append('files', new Blob([content]), name);
    return this.send('/api/files', { method: 'POST', body: form });
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookie !== '' && !headers.has('cookie')) headers.set('cookie', this.cookie);
    const unsafe = !['GET', 'HEAD'].includes(init.method ?? 'GET');
    if (unsafe && !headers.has('x-csrf-token')) headers.set('x-csrf-token', this.csrfToken);
    const response = await fetch(new URL(path, this.origin), {
      redirect: 'manual',
      ...init,
      headers,
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.split(';')[0] ?? '';
    return response;
  }

  #json(method: string, path: string, body: unknown): Promise<Response> {
    return this.send(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async #learn(response: Response): Promise<void> {
    const session: unknown = await response.json();
    if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(session)}`);
    if (typeof session === 'object' && session !== null && 'csrfToken' in session)
      this.csrfToken = String(session.csrfToken);
  }
}

/** What an answer holds. @throws if its status is another one. */
export async function answer<T>(response: Promise<Response>, status = 200): Promise<T> {
  const got = await response;
  const text = await got.text();
  if (got.status !== status) throw new Error(`status ${got.status} in place of ${status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Status and code of an answer that is an error. */
export async function refusal(response: Promise<Response>): Promise<[number, string]> {
  const got = await response;
  const body: unknown = await got.json();
  if (typeof body !== 'object' || body === null || !('error' in body))
    throw new Error(`status ${got.status}, which is no error`);
  const { error } = body as { error: { code: string } };
  return [got.status, error.code];
}
