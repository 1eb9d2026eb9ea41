import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from './http.mjs';

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/storage.mjs', import.meta.url));
const BASE = '/api/admin/migration';

/** ms that a step may take, and between two looks. */
const PATIENCE = 300_000;
const LOOK = 250;

/** Does what an operator does: at the dashboard, and for the cutover, which would wait for an hour there, by the command. */
export class Operator {
  #client;
  #configuration;
  #tell;

  /** @param tell told of what takes time. */
  constructor(origin, configuration, tell) {
    this.#client = new Client(origin);
    this.#configuration = configuration;
    this.#tell = tell;
  }

  async begin(admin) {
    await this.#client.enter(admin);
  }

  async mode(mode) {
    await this.#post(`${BASE}/mode`, { mode });
    await this.#until(
      `the mode ${mode}`,
      (state) => state.mode.wanted === mode && state.mode.reached,
    );
  }

  /** Does not wait. */
  async copy() {
    await this.#post(`${BASE}/start`);
  }

  /** Whatever the trouble was: all that is left is copied, verified, and out of the directory. */
  async finish() {
    this.#tell('waits for the copies');
    const idle = ({ work }) => work === null;
    const ready = (state) => idle(state) || state.work.phase === 'waiting';
    for (let state = await this.#until('copying', idle); ; ) {
      if (state.progress.begun && state.progress.unresolved === 0) break;
      await this.#post(`${BASE}/start`);
      state = await this.#until('copying', ready);
    }
    for (const step of ['verify', 'retire']) {
      this.#tell(step);
      await this.#post(`${BASE}/${step}`);
      await this.#until(step, idle);
    }
  }

  async cutover() {
    this.#tell('cutover');
    const args = [
      'cutover',
      '--config',
      this.#configuration,
      '--storage',
      'uploads',
      '--quiet',
      '1s',
      '--yes',
    ];
    for (const end = performance.now() + PATIENCE; ; await sleep(LOOK)) {
      try {
        await run(process.execPath, [COMMAND, ...args], { timeout: PATIENCE });
        return;
      } catch (error) {
        if (performance.now() > end) throw error; // the gate is shut for as long as somebody has just read
      }
    }
  }

  /** @returns what the application finds wrong when it compares its table with its store. */
  async inconsistencies() {
    await this.#post('/api/admin/consistency', {}, 202);
    for (;;) {
      const { state, counts, ...lists } = await this.#get('/api/admin/consistency');
      if (state === 'running') {
        await sleep(LOOK);
        continue;
      }
      if (state !== 'done') return [`the check of the table has ${state}`];
      return Object.entries(counts).map(
        ([kind, count]) => `${count} of ${kind}: ${JSON.stringify(lists).slice(0, 500)}`,
      );
    }
  }

  close() {
    this.#client.close();
  }

  async #until(what, wanted) {
    for (const end = performance.now() + PATIENCE; ; await sleep(LOOK)) {
      const state = await this.#get(BASE);
      if (wanted(state)) return state;
      if (performance.now() > end)
        throw new Error(`${what} does not get on: ${JSON.stringify(state).slice(0, 2_000)}`);
    }
  }

  async #get(path) {
    return bodyOf(path, await this.#client.get(path));
  }

  async #post(path, json) {
    return bodyOf(path, await this.#client.post(path, json));
  }
}

function bodyOf(path, { status, body, cut }) {
  if (cut === undefined && status >= 200 && status < 300)
    return body.length === 0 ? undefined : JSON.parse(body);
  throw new Error(`${path} was answered with ${status}: ${cut?.message ?? body}`);
}
