import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import { sha256Of } from './library.js';

/** What users have done, and how it went. */
export interface Tally {
  operations: number;
  /** Answers that were not what the user had stored, moved or deleted. */
  wrong: number;
  /** Requests that were refused, or broken off. */
  failed: number;
  /** The first things that went wrong, for people. */
  readonly problems: string[];
}

export interface Known {
  readonly id: string;
  readonly url: string;
  readonly folder: string;
  readonly sha256: string;
}

interface Listing {
  readonly items: readonly { readonly id: string; readonly sha256: string | null }[];
  readonly nextCursor: string | null;
}

/** Milliseconds between two things that a user does, at the most. */
const THINKING = 400;

/** Bytes of a new file, at the most. */
const NEW = 64 * 1024;

/** Problems that are told. */
const TOLD = 10;

/** Somebody at a browser, who knows what must be in each of his files, and looks. */
export class SimulatedUser {
  readonly #client: Client;
  readonly #tally: Tally;
  readonly #account: { readonly email: string; readonly password: string };
  readonly #files: Map<string, Known>;
  readonly #deleted: Known[] = [];

  constructor(
    origin: string,
    account: { readonly email: string; readonly password: string },
    files: readonly Known[],
    tally: Tally,
  ) {
    this.#client = new Client(origin);
    this.#account = account;
    this.#tally = tally;
    this.#files = new Map(files.map((file) => [file.id, file]));
  }

  signIn(): Promise<void> {
    return this.#client.signIn(this.#account.email, this.#account.password);
  }

  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#attempt(() => this.#something());
      await sleep(randomInt(THINKING), undefined, { signal: stop }).catch(() => {}); // it is time to end
    }
  }

  /** Looks at every file once more, and that there is no other. */
  async checkAll(): Promise<void> {
    await this.#attempt(() => this.#compareList());
    for (const file of this.#files.values()) await this.#attempt(() => this.#read(file));
    for (const file of this.#deleted) await this.#attempt(() => this.#miss(file));
  }

  #something(): Promise<void> {
    const dice = randomInt(100);
    const file = anyOf([...this.#files.values()]);
    const gone = anyOf(this.#deleted);
    if (file === undefined || dice < 20) return this.#create();
    if (dice < 70) return this.#read(file);
    if (dice < 80) return this.#readPart(file);
    if (dice < 88) return this.#remove(file);
    if (dice < 94) return this.#compareList();
    return gone === undefined ? this.#read(file) : this.#miss(gone);
  }

  async #create(): Promise<void> {
    const content = randomBytes(randomInt(1, NEW));
    const form = new FormData();
    form.set('folder', 'Inbox');
    form.set('visibility', 'private');
    form.set('file', new Blob([content]), `upload-${Date.now()}.bin`);
    const answer = await this.#client.send('POST', '/api/files', { form });
    const text = await answer.text();
    if (answer.status !== 201) return this.#refused('an upload', answer.status, text);
    const { files } = JSON.parse(text) as {
      files: { id: string; url: string; sha256: string | null }[];
    };
    const [file] = files;
    if (file === undefined) return this.#refused('an upload', answer.status, text);
    const sha256 = sha256Of(content);
    this.#files.set(file.id, { id: file.id, url: file.url, folder: 'Inbox', sha256 });
    if (file.sha256 !== null && file.sha256 !== sha256)
      this.#wrong(`${file.url} was stored as something else`);
  }

  async #read({ url, sha256 }: Known): Promise<void> {
    const answer = await this.#client.send('GET', url);
    const content = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404) this.#wrong(`${url} is not there`);
    else if (answer.status !== 200) this.#refused(url, answer.status, content.toString());
    else if (sha256Of(content) !== sha256) this.#wrong(`${url} has another content`);
  }

  async #readPart({ url }: Known): Promise<void> {
    const answer = await this.#client.send('GET', url, { headers: { range: 'bytes=0-15' } });
    const content = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404) this.#wrong(`${url} is not there`);
    else if (answer.status !== 206) this.#refused(url, answer.status, content.toString());
    else if (content.length === 0 || content.length > 16) this.#wrong(`${url} gave another part`);
  }

  async #remove(file: Known): Promise<void> {
    const answer = await this.#client.send('DELETE', `/api/files/${file.id}`);
    const text = await answer.text();
    if (answer.status !== 204) return this.#refused(`deleting ${file.url}`, answer.status, text);
    this.#files.delete(file.id);
    this.#deleted.push(file);
  }

  async #miss({ url }: Known): Promise<void> {
    const answer = await this.#client.send('GET', url);
    await answer.arrayBuffer();
    if (answer.status === 200) this.#wrong(`${url} was deleted, and is there again`);
    else if (answer.status !== 404) this.#refused(url, answer.status, '');
  }

  /** Compares one folder with what is known of it. */
  async #compareList(): Promise<void> {
    const folder = anyOf([...this.#files.values()])?.folder ?? 'Inbox';
    const expected = new Set(
      [...this.#files.values()].flatMap((file) => (file.folder === folder ? [file.id] : [])),
    );
    const listed = new Set<string>();
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({
        folder,
        limit: '100',
        ...(cursor === null ? {} : { cursor }),
      });
      const page: Listing = await this.#client.json('GET', `/api/files?${query}`);
      for (const { id } of page.items) listed.add(id);
      cursor = page.nextCursor;
    } while (cursor !== null);
    for (const id of expected) if (!listed.has(id)) this.#wrong(`${id} is not listed in ${folder}`);
    for (const { id, url } of this.#deleted)
      if (listed.has(id)) this.#wrong(`${url} was deleted, and is listed`);
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    this.#tally.operations++;
    try {
      await run();
    } catch (error) {
      this.#tally.failed++;
      this.#tell(error instanceof Error ? `${error.message} ${error.cause ?? ''}` : String(error));
    }
  }

  #refused(what: string, status: number, text: string): void {
    this.#tally.failed++;
    this.#tell(`${what} was answered with ${status} ${text.slice(0, 200)}`);
  }

  #wrong(what: string): void {
    this.#tally.wrong++;
    this.#tell(what);
  }

  #tell(problem: string): void {
    if (this.#tally.problems.length < TOLD) this.#tally.problems.push(problem);
  }
}

function anyOf<T>(items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[randomInt(items.length)];
}
