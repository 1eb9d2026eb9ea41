import { setTimeout as sleep } from 'node:timers/promises';
import { contentOf } from './content.mjs';
import { Client } from './http.mjs';
import { faultOfRead, Ledger } from './ledger.mjs';

const KIB = 1024;

/** Files that a user has at first, all in one request. */
const LIBRARY = 40;

/** Files of a user, at the most. */
const MOST = 150;

/** ms between two uploads of a user: the application takes 120 a minute. */
const UPLOADS_APART = 600;

/** Bytes from which S3 gets a file in parts. */
const LARGE = 9 * KIB ** 2;

/** Files in a page of a list. */
const PAGE = 60;

/** One user, who does one thing after the other and checks each answer; many of them are the driver of uploads. */
export class User {
  ledger = new Ledger();
  #name;
  #client;
  #policy;
  #record;
  #written = 0;
  #uploaded = 0;
  #kept = [];

  /** @param record told `(kind, ms)` of each request. */
  constructor(number, origin, policy, record) {
    this.#name = `u${number}`;
    this.#client = new Client(origin);
    this.#policy = policy;
    this.#record = record;
  }

  get cookie() {
    return this.#client.cookie;
  }

  /** Where this user's files are. */
  get folder() {
    return this.#name;
  }

  /** Registers, and uploads what is there before anything moves. */
  async begin() {
    const email = `${this.#name}@example.org`;
    await this.#client.enter({ email, password: `password of ${email}`, name: this.#name });
    const files = Array.from({ length: LIBRARY }, () => this.#newFile(1 + dice(64 * KIB)));
    const answer = await this.#client.upload(
      files.map(({ name, content }) => [name, content]),
      { folder: this.folder, visibility: 'public' },
    );
    if (answer.status !== 201) throw new Error(`no library: ${answer.status} ${answer.body}`);
    for (const file of JSON.parse(answer.body).files)
      this.ledger.written(file.name, file.size, file);
  }

  /** @returns so many files that stay to the end. */
  keep(count) {
    this.#kept = [...this.ledger.files.values()].slice(0, count);
    return this.#kept;
  }

  /** @param others whose files are read as well. @param pause ms between two requests, at the most. */
  async work(others, pause, stop) {
    while (!stop.aborted) {
      await this.#something(others);
      await sleep(dice(pause), undefined, { signal: stop }).catch(() => {}); // it is time to end
    }
  }

  /** Looks at all that is known, once nobody works any more. @returns how many files were looked at. */
  async checkAll() {
    await this.#list();
    for (const file of this.ledger.files.values()) await this.#read(file);
    for (const file of this.ledger.deleted) await this.#read(file);
    return this.ledger.files.size;
  }

  close() {
    this.#client.close();
  }

  async #something(others) {
    const { files, deleted } = this.ledger;
    const roll = Math.random();
    const overdue = performance.now() - this.#uploaded >= UPLOADS_APART;
    if (overdue && roll < 0.4 && files.size < MOST) return this.#upload();
    const own = files.size > 0 && (roll < 0.3 || (roll >= 0.6 && roll < 0.7)); // nobody deletes what is not his
    const file = anyOf(own ? files : anyOf(others).ledger.files);
    if (file === undefined) return this.#list();
    if (roll < 0.6) return this.#read(file);
    if (roll < 0.7 && files.size > LIBRARY && !this.#kept.includes(file)) return this.#delete(file);
    if (roll < 0.85) return this.#readPart(file);
    if (roll < 0.92) return this.#list();
    const gone = anyOf(deleted);
    return gone === undefined ? this.#read(file) : this.#read(gone);
  }

  #newFile(size) {
    const name = `${this.#name}-${++this.#written}.txt`;
    return { name, content: contentOf(name, size) };
  }

  async #upload() {
    this.#uploaded = performance.now();
    const roll = Math.random();
    const size =
      1 + (roll < 0.8 ? dice(64 * KIB) : roll < 0.98 ? dice(KIB ** 2) : LARGE + dice(LARGE / 3));
    const { name, content } = this.#newFile(size);
    const fields = { folder: this.folder, visibility: 'public' };
    const [began, answer] = await this.#timed('upload', () =>
      this.#client.upload([[name, content]], fields),
    );
    const [file] = answer.status === 201 && !answer.cut ? JSON.parse(answer.body).files : [];
    if (file !== undefined) this.ledger.written(name, size, file);
    else if (!this.#policy.judge(`upload of ${name}`, began, answer))
      this.ledger.unanswered(name, size);
  }

  async #read(file) {
    const [began, answer] = await this.#timed('read', () => this.#client.get(file.url));
    this.#compare(file, began, answer, undefined);
  }

  async #readPart(file) {
    const first = dice(file.size);
    const last = Math.min(file.size - 1, first + dice(64 * KIB));
    const headers = { range: `bytes=${first}-${last}` };
    const [began, answer] = await this.#timed('range', () => this.#client.get(file.url, headers));
    this.#compare(file, began, answer, [first, last]);
  }

  #compare(file, began, answer, range) {
    if (isAnswer(answer)) {
      const fault = faultOfRead(file, began, answer, range);
      if (fault !== undefined) this.#policy.wrong(fault);
    } else this.#policy.judge(`download of ${file.name}`, began, answer);
  }

  async #delete(file) {
    const again = file.deleting < Infinity;
    const told = this.ledger.deleting(file);
    const [began, answer] = await this.#timed('delete', () =>
      this.#client.send('DELETE', `/api/files/${file.id}`),
    );
    const gone = answer.status === 204 || (answer.status === 404 && again);
    told(gone);
    if (!gone) this.#policy.judge(`deletion of ${file.name}`, began, answer);
  }

  /** All pages of the folder, which nobody else changes. */
  async #list() {
    const names = [];
    for (let cursor = null; cursor !== undefined; ) {
      const query = new URLSearchParams({ folder: this.folder, limit: PAGE });
      if (cursor !== null) query.set('cursor', cursor);
      const [began, answer] = await this.#timed('list', () =>
        this.#client.get(`/api/files?${query}`),
      );
      if (answer.status !== 200 || answer.cut !== undefined) {
        this.#policy.judge(`list of ${this.folder}`, began, answer);
        return;
      }
      const { items, nextCursor } = JSON.parse(answer.body);
      for (const item of items) {
        names.push(item.name);
        const size = this.ledger.maybe.get(item.name);
        if (size === undefined) continue;
        this.ledger.maybe.delete(item.name); // it was stored after all, and has to stay from now on
        this.ledger.written(item.name, size, item);
      }
      cursor = nextCursor ?? undefined;
    }
    for (const fault of this.ledger.faultsOfList(names)) this.#policy.wrong(fault);
  }

  async #timed(kind, run) {
    const began = performance.now();
    const answer = await run();
    this.#record(kind, performance.now() - began);
    return [began, answer];
  }
}

function isAnswer({ status, cut }) {
  return cut === undefined && (status === 200 || status === 206 || status === 404);
}

/** A whole number below the limit. */
function dice(limit) {
  return Math.floor(Math.random() * limit);
}

function anyOf(items) {
  const all = items instanceof Map ? [...items.values()] : items;
  return all[dice(all.length)];
}
