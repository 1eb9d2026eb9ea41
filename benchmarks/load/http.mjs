import { Agent, request } from 'node:http';

/** ms after which nobody waits for an answer any more. */
const PATIENCE = 60_000;

/**
 * One client of the application: a session, and one connection after the other.
 * An answer is `{ status, headers, body, cut }`; `status` is 0 where none came, `cut` is the error that ended a connection too early.
 */
export class Client {
  #origin;
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #cookie = '';
  #token = '';

  constructor(origin) {
    this.#origin = origin;
  }

  get cookie() {
    return this.#cookie;
  }

  /** @param account `{ email, password, name }`; with a name it is registered. */
  async enter({ email, password, name }) {
    await this.#learn(await this.get('/api/session'));
    const path = name === undefined ? '/api/login' : '/api/register';
    await this.#learn(await this.post(path, { email, password, name }));
  }

  get(path, headers = {}) {
    return this.send('GET', path, { headers });
  }

  post(path, json = {}) {
    const headers = { 'content-type': 'application/json' };
    return this.send('POST', path, { headers, body: Buffer.from(JSON.stringify(json)) });
  }

  /** @param files `[name, content]` each. */
  upload(files, fields) {
    const boundary = 'end-of-this-part-of-the-form';
    const part = (disposition) =>
      `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n`;
    const body = Buffer.concat([
      ...Object.entries(fields).map(([name, value]) =>
        Buffer.from(`${part(`name="${name}"`)}\r\n${value}\r\n`),
      ),
      ...files.flatMap(([name, content]) => [
        Buffer.from(`${part(`name="files"; filename="${name}"`)}content-type: text/plain\r\n\r\n`),
        ...[content, Buffer.from('\r\n')],
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    return this.send('POST', '/api/files', { headers, body });
  }

  /** Does not reject. */
  async send(method, path, { headers = {}, body } = {}) {
    const answer = await this.#exchange(
      method,
      path,
      {
        ...headers,
        ...(this.#cookie === '' ? {} : { cookie: this.#cookie }),
        ...(method === 'GET' ? {} : { 'x-csrf-token': this.#token }),
        ...(body === undefined ? {} : { 'content-length': body.length }),
      },
      body,
    );
    const [set] = answer.headers['set-cookie'] ?? [];
    if (set !== undefined) this.#cookie = set.split(';')[0];
    return answer;
  }

  close() {
    this.#agent.destroy();
  }

  #exchange(method, path, headers, sent) {
    return new Promise((resolve) => {
      const chunks = [];
      let response;
      const end = (cut) => {
        clearTimeout(patience);
        const { statusCode = 0, headers: got = {} } = response ?? {};
        resolve({ status: statusCode, headers: got, body: Buffer.concat(chunks), cut });
      };
      const url = new URL(path, this.#origin);
      const asked = request(url, { method, headers, agent: this.#agent }, (came) => {
        response = came;
        came.on('data', (chunk) => chunks.push(chunk));
        came.once('end', () => end(undefined));
        came.once('error', end);
      });
      const patience = setTimeout(
        () => asked.destroy(new Error(`no answer in ${PATIENCE / 1000} s`)),
        PATIENCE,
      );
      asked.on('error', end);
      asked.end(sent);
    });
  }

  async #learn({ status, body }) {
    if (status >= 300 || status === 0) throw new Error(`no session: ${status} ${body}`);
    this.#token = JSON.parse(body).csrfToken;
  }
}
