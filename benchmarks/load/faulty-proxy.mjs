import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Hands requests on to an S3 server as they are; signatures are of the name by which they came. */
export class FaultyProxy {
  #target;
  #agent = new Agent({ keepAlive: true });
  #server;
  #port = 0;
  #faults = [];
  #underWay = 0;

  static async before(target) {
    const proxy = new FaultyProxy();
    proxy.#target = new URL(target);
    await proxy.open();
    return proxy;
  }

  get endpoint() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /**
   * @param faults `{ type: 'delay', milliseconds, probability }` or `{ type: 'error', code, status, probability }`; the latter with `above: N`
   * only while more than so many requests are under way.
   */
  setFaults(faults) {
    this.#faults = faults;
  }

  async open() {
    const serve = (asked, answer) => void this.#serve(asked, answer);
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, serve);
    this.#server.on('checkContinue', serve);
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = this.#server.address().port;
  }

  async close() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #serve(asked, answer) {
    asked.on('error', () => {}); // shows where it is handed on
    this.#underWay++;
    answer.once('close', () => this.#underWay--);
    for (const fault of this.#faults) {
      if (Math.random() >= fault.probability || this.#underWay <= (fault.above ?? 0)) continue;
      if (fault.type === 'delay') await sleep(fault.milliseconds);
      else return refuse(asked, answer, fault);
    }
    this.#handOn(asked, answer);
  }

  #handOn(asked, answer) {
    const { hostname, port } = this.#target;
    const { method, url: path, rawHeaders: headers } = asked;
    const onward = request({ hostname, port, method, path, headers, agent: this.#agent });
    const cut = () => answer.destroy();
    onward.on('error', cut);
    answer.once('close', () => onward.destroy());
    onward.on('continue', () => answer.writeContinue());
    onward.on('response', (came) => {
      answer.writeHead(came.statusCode, came.rawHeaders);
      pipeline(came, answer, () => {}); // destroys both where one fails
    });
    if (asked.headers.expect !== undefined) onward.flushHeaders();
    asked.once('aborted', () => onward.destroy());
    asked.pipe(onward);
  }
}

function refuse(asked, answer, { code, status }) {
  asked.resume();
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Reduce your request rate.</Message></Error>`;
  answer.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  answer.end(asked.method === 'HEAD' ? undefined : body);
}
