import type { ActionName, MigrationState, ModeName } from '../../../server/migration/state.js';
import { ApiError, api, describe } from '../../api/client.js';
import { toast } from '../../parts/toast.js';
import { areKnown } from './known-files.js';

const BASE = '/api/admin/migration';

export type Connection = 'live' | 'lost';

/** The state of the migration as it goes on, and what can be done about it. */
export class LiveState {
  readonly #onState: (state: MigrationState) => void;
  readonly #onConnection: (connection: Connection) => void;
  #source: EventSource | undefined;
  #closed = false;
  /** Answers to actions and events may overtake each other: the later state counts. */
  #newest = '';

  constructor(
    onState: (state: MigrationState) => void,
    onConnection: (connection: Connection) => void,
  ) {
    this.#onState = onState;
    this.#onConnection = onConnection;
  }

  /** Loads the first state, for which nobody should wait a second, and follows it from then on. @throws ApiError. */
  async open(): Promise<void> {
    this.#take(await api.get<MigrationState>(BASE));
    if (this.#closed || this.#source !== undefined) return;
    const source = new EventSource(`${BASE}/events`);
    source.addEventListener('state', ({ data }) => {
      this.#onConnection('live');
      this.#take(JSON.parse(String(data)) as MigrationState); // the server is of the same release
    });
    source.addEventListener('error', () => this.#onConnection('lost'));
    this.#source = source;
  }

  /** Begins to copy. Where files in the target directory are not known, somebody is asked first. */
  async start(knownFiles = false): Promise<void> {
    try {
      this.#take(await api.post<MigrationState>(`${BASE}/start`, { knownFiles }));
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'unknown_files'))
        return toast(describe(error), 'bad');
      if (await areKnown(error.message)) await this.start(true);
    }
  }

  act(action: ActionName, body?: unknown): Promise<void> {
    return action === 'start' ? this.start() : this.#post(action, body);
  }

  setMode(mode: ModeName): Promise<void> {
    return this.#post('mode', { mode });
  }

  setLimits(limits: { concurrency?: number | 'auto'; bandwidth?: number | null }): Promise<void> {
    return this.#post('limits', limits);
  }

  close(): void {
    this.#closed = true;
    this.#source?.close();
  }

  /** A refusal says what to do. */
  async #post(path: string, body?: unknown): Promise<void> {
    try {
      this.#take(await api.post<MigrationState>(`${BASE}/${path}`, body));
    } catch (error) {
      toast(describe(error), 'bad');
    }
  }

  #take(state: MigrationState): void {
    if (this.#closed || state.at <= this.#newest) return;
    this.#newest = state.at;
    this.#onState(state);
  }
}
