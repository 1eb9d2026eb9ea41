import type { SimulatedUser, Tally } from './user.js';

/** Users who are at work all at once. */
export class Crowd {
  readonly tally: Tally;
  readonly #users: readonly SimulatedUser[];
  readonly #stop = new AbortController();
  #work: Promise<unknown> | undefined;

  constructor(users: readonly SimulatedUser[], tally: Tally) {
    this.#users = users;
    this.tally = tally;
  }

  async begin(): Promise<void> {
    await Promise.all(this.#users.map((user) => user.signIn()));
    this.#work = Promise.all(this.#users.map((user) => user.work(this.#stop.signal)));
  }

  /** Each ends what he is at. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  /** Each looks at all of his files, once nobody works any more. */
  async checkAll(): Promise<void> {
    await Promise.all(this.#users.map((user) => user.checkAll()));
  }
}
