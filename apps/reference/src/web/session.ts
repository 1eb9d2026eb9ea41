import type { SessionView, User } from '../api-types.js';
import { api, fetchSession } from './api/client.js';

/** Who is signed in, and what the server allows. */
export class SessionStore {
  #session: SessionView;
  readonly #listeners = new Set<() => void>();

  private constructor(session: SessionView) {
    this.#session = session;
  }

  static async load(): Promise<SessionStore> {
    return new SessionStore(await fetchSession());
  }

  get current(): SessionView {
    return this.#session;
  }

  get user(): User | null {
    return this.#session.user;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async refresh(): Promise<void> {
    this.#session = await fetchSession();
    for (const listener of this.#listeners) listener();
  }

  async signIn(email: string, password: string): Promise<void> {
    await api.post('/api/login', { email, password });
    await this.refresh();
  }

  async register(account: { email: string; name: string; password: string }): Promise<void> {
    await api.post('/api/register', account);
    await this.refresh();
  }

  async signOut(): Promise<void> {
    await api.post('/api/logout');
    await this.refresh();
  }
}
