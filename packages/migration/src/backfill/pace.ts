import { isDeepStrictEqual } from 'node:util';
import { type StorageErrorCode, TokenBucket, type Wish } from '@org/storage-core';
import type { Clock } from '../clock.js';
import type { EventListener } from '../event.js';
import type { Journal } from '../journal/journal.js';
import type { Control } from '../journal/run.js';
import type { Places } from '../worker-pool.js';
import { AdaptiveConcurrency } from './adaptive-concurrency.js';
import { type PaceOptions, type PaceState, paceOf } from './pace-state.js';

/** Milliseconds between two looks at what another process has set, and at the clock. */
const LOOK = 1_000;

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** By which a store says that it is asked too much. */
const OVERLOAD: readonly StorageErrorCode[] = ['Throttled', 'Unavailable', 'Timeout'];

/** A file that was begun. */
interface Begun {
  /** An attempt failed. */
  failed(code: StorageErrorCode): void;
  /** @param copied whether its bytes were sent. */
  end(copied: boolean): void;
}

/** Where the number of files is given, nothing is to be found out. */
const UNOBSERVED: Begun = { failed() {}, end() {} };

/**
 * Lets files begin as the limits allow that hold at that moment: the run's own, and those that another process sets in the journal
 * meanwhile. Files that are under way go on, at the bandwidth that holds now.
 */
export class Pace implements Places {
  /** For the bytes that are read from the source. */
  readonly bandwidth = new TokenBucket(NO_LIMIT);
  readonly #rate = new TokenBucket(NO_LIMIT);
  readonly #adaptive: AdaptiveConcurrency;
  readonly #stateAt: (control: Control, now: number) => PaceState;
  readonly #onEvent: EventListener;
  #state: PaceState;
  #underWay = 0;
  readonly #halt = new AbortController();
  #failure: { readonly reason: unknown } | undefined;
  #wake = () => {};

  /** @throws StorageError `InvalidArgument`. */
  constructor(options: PaceOptions, onEvent: EventListener) {
    const { concurrency } = options;
    this.#stateAt = paceOf(options);
    this.#adaptive = new AdaptiveConcurrency(typeof concurrency === 'object' ? concurrency : {});
    this.#onEvent = onEvent;
    this.#state = paceOf({ concurrency })({ paused: false }, 0);
  }

  /**
   * Looks at the journal and the clock, now and again and again until what it returns is called. What keeps the journal from
   * being read ends the run: {@link check} throws it.
   */
  async follow(journal: Pick<Journal, 'control'>, clock: Clock): Promise<() => void> {
    let looking = false;
    const look = async () => {
      if (looking) return;
      looking = true;
      try {
        this.#apply(this.#stateAt(await journal.control(), clock.now()));
      } catch (reason) {
        this.#failure ??= { reason };
        this.close();
      }
      looking = false;
    };
    const end = clock.every(LOOK, () => void look());
    await look();
    return end;
  }

  async enter(): Promise<boolean> {
    let granted = false;
    const wish: Wish = {
      bytes: 1, // one file
      grant: () => {
        granted = true;
        this.#wake();
      },
    };
    for (let asked = false; !this.closed.aborted; ) {
      const free = this.#state.waiting === undefined && this.#underWay < this.#places;
      if (free && granted) {
        this.#underWay++;
        return true;
      }
      if (free && !asked) {
        asked = true;
        this.#rate.ask(wish);
      } else await this.#change();
    }
    this.#rate.withdraw(wish);
    return false;
  }

  leave(): void {
    this.#underWay--;
    this.#wake();
  }

  close(): void {
    this.#halt.abort();
    this.#wake();
  }

  /** Fires when nothing is to be begun any more. */
  get closed(): AbortSignal {
    return this.#halt.signal;
  }

  /** @throws what kept the journal from being read. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /** A file is begun. What becomes of it tells how many files the target bears. */
  begin(size: number): Begun {
    if (this.#state.concurrency !== 'auto') return UNOBSERVED;
    const adaptive = this.#adaptive;
    const admitted = adaptive.begin();
    const start = performance.now();
    let smooth = true;
    return {
      failed(code) {
        smooth = false;
        if (OVERLOAD.includes(code)) adaptive.overloaded(admitted);
      },
      end(copied) {
        const latency = performance.now() - start;
        adaptive.end(admitted, smooth && copied ? { size, latency } : undefined);
      },
    };
  }

  get #places(): number {
    const { concurrency } = this.#state;
    return concurrency === 'auto' ? this.#adaptive.limit : concurrency;
  }

  #apply(state: PaceState): void {
    if (isDeepStrictEqual(state, this.#state)) return;
    const { bandwidth = NO_LIMIT, rate = NO_LIMIT } = state;
    this.#state = state;
    this.bandwidth.rate = bandwidth;
    this.#rate.rate = rate;
    this.#onEvent({ type: 'pace', ...state });
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
