import { setTimeout as wait } from 'node:timers/promises';
import { StorageError } from '@org/storage-core';
import { type ObserveOptions, observe } from '../observe/observation.js';
import type { Alert, AlertSink } from './alert.js';
import { DEFAULT_RULES } from './default-rules.js';
import { neededBy } from './evaluate.js';
import { type AlertRule, checkRules } from './rule.js';
import { runbookUrl } from './runbook.js';
import { SeriesRecorder } from './series.js';
import { AlertStates } from './states.js';

export interface WatchAlertsOptions extends ObserveOptions {
  readonly sinks: readonly AlertSink[];
  /** Default `DEFAULT_RULES`. */
  readonly rules?: readonly AlertRule[] | undefined;
  /** URL of the directory that the rules' `runbook`s are in. Default: those of this project. */
  readonly runbooks?: string | undefined;
  /** Milliseconds from one look to the next. Default 15,000. */
  readonly every?: number | undefined;
  /** Milliseconds after which an alert that still fires is told again. Default four hours; `Infinity`: never. */
  readonly repeat?: number | undefined;
  /** Told of what a sink fails with; no secret is in it. Default: it is not told. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

export interface AlertWatch extends AsyncDisposable {
  /** Those that fire now. */
  readonly firing: readonly Alert[];
  /** Looks at once, beside the looks that are made by the clock. Does not fail, and does not wait for sinks. */
  check(): Promise<void>;
  /** Looks once more, listens no longer, and waits for the sinks, 10 seconds at most. Does not fail. */
  close(): Promise<void>;
}

/** Milliseconds that the end waits for sinks. */
const FAREWELL = 10_000;

/**
 * Watches what providers, layers and migrations of this process do from now on, and tells sinks where a rule holds for too long. The
 * timer does not keep the process alive.
 * @throws StorageError `InvalidArgument` for rules and times that make no sense, and for `runbooks` that are no URL.
 */
export function watchAlerts(options: WatchAlertsOptions): AlertWatch {
  return new Watch(options);
}

class Watch implements AlertWatch {
  readonly #options: WatchAlertsOptions;
  readonly #now: () => number;
  readonly #series: SeriesRecorder;
  readonly #states: AlertStates;
  readonly #observation: ReturnType<typeof observe>;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WatchAlertsOptions) {
    const { rules = DEFAULT_RULES, every = 15_000, repeat = 4 * 3_600_000 } = options;
    checkRules(rules);
    for (const rule of rules) runbookUrl(rule, options.runbooks);
    for (const [name, value] of Object.entries({ every, repeat }))
      if (!(value > 0))
        throw new StorageError('InvalidArgument', `${name} is ${value}; it has to be above 0`);
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#series = new SeriesRecorder(neededBy(rules));
    this.#states = new AlertStates(rules, repeat, options.runbooks);
    this.#observation = observe(this.#series, options, this.#now);
    this.#timer = setInterval(() => void this.check(), every).unref();
  }

  get firing(): readonly Alert[] {
    return this.#states.firing;
  }

  check(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    await this.#observation.update();
    const now = this.#now();
    const told = this.#states.advance(this.#series, now);
    this.#series.keep(now);
    if (told.length === 0) return;
    for (const sink of this.#options.sinks) void this.#attempt(async () => sink.send(told));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking; // which may have begun before the last events
    await this.check();
    this.#observation.close();
    const enough = new AbortController();
    const farewell = wait(FAREWELL, undefined, { signal: enough.signal }).catch(() => {});
    const { sinks } = this.#options;
    const closed = Promise.all(sinks.map((sink) => this.#attempt(async () => sink.close?.())));
    await Promise.race([closed, farewell]);
    enough.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      try {
        this.#options.onError?.(error);
      } catch {
        // Who is to be told of trouble must not make more of it.
      }
    }
  }
}
