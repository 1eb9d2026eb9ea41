import {
  type CircuitEvent,
  type CircuitState,
  eventChannel,
  isStorageError,
  type StorageError,
  type StorageErrorCode,
} from '@org/storage-core';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState as Cockatiel,
  circuitBreaker,
  handleType,
  type IBreaker,
} from 'cockatiel';

const changes = eventChannel('org.storage.circuit');

const STATES: Readonly<Record<Cockatiel, CircuitState>> = {
  [Cockatiel.Closed]: 'closed',
  [Cockatiel.Open]: 'open',
  [Cockatiel.Isolated]: 'open',
  [Cockatiel.HalfOpen]: 'half-open',
};

/** Codes that say that the store is not well. Any other error is an answer, such as a healthy store gives. */
const ILL: ReadonlySet<StorageErrorCode> = new Set(['Unavailable', 'Timeout', 'Throttled']);

/** What an operation came to, for the caller. */
type Outcome<T> = { readonly result: T } | { readonly error: unknown };

/** Carries an outcome through cockatiel, which counts it as a failure. */
class Counted<T> extends Error {
  readonly outcome: Outcome<T>;

  constructor(outcome: Outcome<T>) {
    super();
    this.outcome = outcome;
  }
}

/** The same for an outcome that says nothing about the store. */
class Ignored<T> extends Counted<T> {}

export interface CircuitCall<T> {
  /** Name of the provider. */
  readonly provider: string;
  readonly signal?: AbortSignal | undefined;
  run(): Promise<T>;
  /** The error to throw if the circuit lets nothing through. */
  refuse(cause: Error): StorageError;
  /** Finds an error in a result, such as that of a bulk operation. */
  illness?(result: T): StorageError | undefined;
}

/** cockatiel's circuit breaker, as it counts for a store. */
export class Circuit {
  readonly #policy: CircuitBreakerPolicy;
  #provider = '';
  #lastError: StorageError | undefined;

  constructor(breaker: IBreaker, halfOpenAfter: number) {
    const failures = handleType(Counted, (error) => !(error instanceof Ignored));
    this.#policy = circuitBreaker(failures, { breaker, halfOpenAfter });
    this.#policy.onStateChange(() => this.#publish());
  }

  get state(): CircuitState {
    return STATES[this.#policy.state];
  }

  /** The last error that was counted. */
  get lastError(): StorageError | undefined {
    return this.#lastError;
  }

  async run<T>(call: CircuitCall<T>): Promise<T> {
    // cockatiel lets others wait for the call that decides, for as long as that takes.
    if (this.state === 'half-open')
      throw call.refuse(new BrokenCircuitError('a call is under way that decides'));
    this.#provider = call.provider;
    const outcome = await this.#execute(call);
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  /** Counts an error that came after the call that it belongs to. */
  async count(provider: string, signal: AbortSignal | undefined, error: unknown): Promise<void> {
    if (this.state !== 'closed' || !isIll(error, signal)) return;
    this.#provider = provider;
    this.#lastError = error;
    await this.#policy.execute(() => Promise.reject(new Counted({ error }))).catch(() => {});
  }

  async #execute<T>(call: CircuitCall<T>): Promise<Outcome<T>> {
    try {
      return await this.#policy.execute(() => this.#attempt(call));
    } catch (error) {
      if (error instanceof Counted) return error.outcome;
      return { error: error instanceof BrokenCircuitError ? call.refuse(error) : error };
    }
  }

  async #attempt<T>({ run, illness, signal }: CircuitCall<T>): Promise<Outcome<T>> {
    const outcome: Outcome<T> = await run().then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    const error = 'error' in outcome ? outcome.error : illness?.(outcome.result);
    if (isIll(error, signal)) {
      this.#lastError = error;
      throw new Counted(outcome);
    }
    // A call that its caller ended proves nothing: where it was to decide, the circuit stays open.
    if (signal?.aborted && error !== undefined)
      throw this.state === 'half-open' ? new Counted(outcome) : new Ignored(outcome);
    return outcome;
  }

  #publish(): void {
    if (!changes.hasSubscribers) return;
    const { state } = this;
    const error = state === 'closed' ? undefined : this.#lastError;
    const event: CircuitEvent = {
      provider: this.#provider,
      state,
      ...(error === undefined ? {} : { error }),
    };
    changes.publish(event);
  }
}

function isIll(error: unknown, signal: AbortSignal | undefined): error is StorageError {
  return isStorageError(error) && error.retryable && ILL.has(error.code) && !signal?.aborted;
}
