import type { ActionName, MigrationState, ModeName } from '../../../server/migration/state.js';
import { api, describe } from '../../api/client.js';
import { toast } from '../../parts/toast.js';

const BASE = '/api/admin/migration';

export type Connection = 'live' | 'lost';

/** The state of the migration as it goes on, and what can be done about it. */
export class LiveState {
  readonly #onState: (state: MigrationState) => void;
  readonly #onConnection: (connection: Connection) => void;
  readonly #source: EventSource;
  /** Answers to actions and events may overtake each other: the later state counts. */
  #newest = '';

  constructor(
    onState: (state: MigrationState) => void,
    onConnection: (connection: Connection) => void,
  ) {
    this.#onState = onState;
    this.#onConnection = onConnection;
    this.#source = new EventSource(`${BASE}/events`);
    this.#source.addEventListener('state', ({ data }) => {
      this.#onConnection('live');
      this.#take(JSON.parse(String(data)) as MigrationState); // the server is of the same release
    });
    this.#source.addEventListener('error', () => this.#onConnection('lost'));
  }

  /** The first state, for which nobody should wait a second. @throws ApiError. */
  async load(): Promise<void> {
    this.#take(await api.get<MigrationState>(BASE));
  }

  act(action: ActionName, body?: unknown): Promise<void> {
    return this.#post(action, body);
  }

  setMode(mode: ModeName): Promise<void> {
    return this.#post('mode', { mode });
  }

  setLimits(limits: { concurrency?: number | 'auto'; bandwidth?: number | null }): Promise<void> {
    return this.#post('limits', limits);
  }

  close(): void {
    this.#source.close();
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
    if (state.at <= this.#newest) return;
    this.#newest = state.at;
    this.#onState(state);
  }
}
