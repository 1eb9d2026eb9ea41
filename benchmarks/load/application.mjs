import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../apps/reference/dist/server.js', import.meta.url));

/** However the load test ends, the application does as well. */
const ENDS_WITH_PARENT =
  'data:text/javascript,process.once("disconnect",()=>process.kill(process.pid,"SIGTERM"))';

/** ms that a process may take to be ready, and to end. */
const PATIENCE = 60_000;

/** Times of the fleet in ms, short enough for a test of a minute. */
const FLEET = { heartbeat: 500, drain: 10_000 };

/** The reference application on a directory and a bucket, as `node dist/server.js` runs it, in some processes. */
export class Application {
  admin = { email: 'admin@example.org', password: randomBytes(12).toString('base64url') };
  metricsToken = randomBytes(12).toString('base64url');
  /** `{ name, pid, origin, temporary }` each; `temporary` is where it may leave files for a while. */
  instances = [];
  #home;
  #secret = randomBytes(32).toString('base64url');

  /** @param home a directory for everything. @param connection to the bucket. */
  static async start(home, connection, instances) {
    const application = new Application();
    application.#home = home;
    await application.#configure(connection);
    try {
      for (let number = 1; number <= instances; number++) await application.#start(number);
    } catch (error) {
      await application.kill();
      throw error;
    }
    return application;
  }

  get files() {
    return join(this.#home, 'files');
  }

  get configuration() {
    return join(this.#home, 'storage.json');
  }

  /** Ends all processes as an operator does. @returns findings: how those ended that did not end well. */
  async end() {
    const findings = [];
    for (const { name, child, ended } of this.instances) {
      child.kill('SIGTERM');
      const code = await Promise.race([ended, sleep(PATIENCE, 'not at all', { ref: false })]);
      if (code !== 0) findings.push(`${name} ended with ${code}, asked by SIGTERM`);
    }
    await this.kill();
    return findings;
  }

  /** What is left of them. */
  async kill() {
    for (const { child, ended } of this.instances) {
      child.kill('SIGKILL');
      await ended;
    }
  }

  async #configure({ bucket, endpoint, region, credentials, server }) {
    await mkdir(this.files, { recursive: true });
    const target = {
      provider: 's3',
      bucket,
      prefix: 'files/',
      endpoint,
      region,
      credentials,
      server,
    };
    const uploads = {
      ...{ provider: 'hybrid', mode: 'source' },
      ...{ source: { provider: 'local', root: this.files }, target },
      fleet: { registry: `sqlite:${join(this.#home, 'fleet.sqlite')}`, ...FLEET },
      migration: { journal: join(this.#home, 'journal.sqlite') },
    };
    await writeFile(this.configuration, JSON.stringify({ storages: { uploads } }), { mode: 0o600 });
  }

  async #start(number) {
    const name = `application ${number}`;
    const port = await freePort();
    const temporary = join(this.#home, `temporary-${number}`);
    await mkdir(temporary);
    const file = join(this.#home, `application-${number}.log`);
    const log = openSync(file, 'a');
    const child = spawn(process.execPath, ['--import', ENDS_WITH_PARENT, PROGRAM], {
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: temporary },
        ...{ PORT: port, LOG_LEVEL: 'warn', STORAGE_CONFIG: this.configuration },
        ...{ SESSION_SECRET: this.#secret, METRICS_TOKEN: this.metricsToken },
        DATABASE_URL: `sqlite:${join(this.#home, 'app.sqlite')}`,
        ...{ ADMIN_EMAIL: this.admin.email, ADMIN_PASSWORD: this.admin.password },
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    closeSync(log); // it has its own
    const origin = `http://127.0.0.1:${port}`;
    const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
    this.instances.push({ name, pid: child.pid, origin, temporary, child, ended });
    for (const patience = performance.now() + PATIENCE; !(await isReady(origin)); await sleep(50)) {
      if (child.exitCode !== null || performance.now() > patience)
        throw new Error(
          `${name} does not get ready: ${(await readFile(file, 'utf8')).slice(-2_000)}`,
        );
    }
  }
}

async function isReady(origin) {
  try {
    const answer = await fetch(`${origin}/readyz`);
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // it does not listen yet
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
