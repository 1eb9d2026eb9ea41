import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { signer } from './signature.mjs';

/** The least that a client of S3 can do, with `node:http`: connections that stay, a signature, one SHA-256 of what is sent. */
export class BareClient {
  #agent;
  #sign;
  #url;
  #bucket;

  constructor({ endpoint, bucket, ...signing }, atOnce) {
    this.#url = new URL(endpoint);
    this.#bucket = bucket;
    this.#agent = new Agent({ keepAlive: true, maxSockets: atOnce });
    this.#sign = signer(signing);
  }

  async put(key, bytes) {
    const payload = createHash('sha256').update(bytes).digest('hex');
    const sent = this.#begin('PUT', key, payload, { 'content-length': bytes.byteLength });
    sent.end(bytes);
    await drained(await answered(sent));
  }

  /** The signature goes before what is read, and so does not have its SHA-256, which is computed all the same. */
  async putChunks(key, size, chunks) {
    const hash = createHash('sha256');
    const sent = this.#begin('PUT', key, 'UNSIGNED-PAYLOAD', { 'content-length': size });
    const answer = answered(sent);
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (!sent.write(chunk)) await Promise.race([once(sent, 'drain'), answer]);
    }
    sent.end();
    await drained(await answer);
    return hash.digest('hex');
  }

  /** @returns the body's stream. */
  get(key) {
    const sent = this.#begin('GET', key, 'UNSIGNED-PAYLOAD', {});
    sent.end();
    return answered(sent);
  }

  close() {
    this.#agent.destroy();
  }

  #begin(method, key, payload, headers) {
    const { hostname, port, host } = this.#url;
    const path = `/${this.#bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
    const signed = this.#sign(method, host, path, payload);
    const options = { hostname, port, method, path, agent: this.#agent };
    return request({ ...options, headers: { ...signed, ...headers } });
  }
}

async function answered(sent) {
  const [answer] = await once(sent, 'response');
  if (answer.statusCode === 200) return answer;
  const text = (await answer.toArray()).join('');
  throw new Error(`${sent.method} ${sent.path} was answered with ${answer.statusCode}: ${text}`);
}

async function drained(answer) {
  answer.resume();
  await once(answer, 'end');
}
