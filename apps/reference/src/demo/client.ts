/** A browser, as far as the application can tell: a session, and requests in it. */
export class Client {
  readonly #origin: string;
  #cookie = '';
  #csrf = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#session();
    const answer = await this.send('POST', '/api/login', { json: { email, password } });
    if (!answer.ok) throw new Error(`${email} can’t log in: ${await answer.text()}`);
    await answer.arrayBuffer();
    await this.#session();
  }

  async json<T>(method: string, path: string, json?: unknown): Promise<T> {
    const answer = await this.send(method, path, json === undefined ? {} : { json });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** The body of the answer is to be read. */
  async send(
    method: string,
    path: string,
    {
      json,
      form,
      headers = {},
    }: { json?: unknown; form?: FormData; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const answer = await fetch(`${this.#origin}${path}`, {
      method,
      headers: {
        cookie: this.#cookie,
        ...(method === 'GET' ? {} : { 'x-csrf-token': this.#csrf }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: form ?? (json === undefined ? null : JSON.stringify(json)),
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) this.#cookie = line.split(';')[0] ?? '';
    return answer;
  }

  async #session(): Promise<void> {
    const { csrfToken } = await this.json<{ csrfToken: string }>('GET', '/api/session');
    this.#csrf = csrfToken;
  }
}
