import { StorageError } from '@org/storage-core';
import { expect } from 'vitest';
import {
  type FleetClock,
  FleetMember,
  type FleetMemberOptions,
  type FleetRegistry,
  memoryFleetRegistry,
} from '../../src/index.js';

/** Times that suit tests, in ms. */
export const HEARTBEAT = 10;
export const DRAIN = 300;
export const MARGIN = 100;

/** Lets everything run that waits for nothing but registries in memory. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 2; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that goes when it is told to. */
export class DrivenClock implements FleetClock {
  #now = 1000;
  readonly #timers = new Set<{ readonly ms: number; next: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  get timers(): number {
    return this.#timers.size;
  }

  every(ms: number, run: () => void) {
    const timer = { ms, next: this.#now + ms, run };
    this.#timers.add(timer);
    return { stop: () => void this.#timers.delete(timer) };
  }

  /** Timers run when they are due, one moment after the other. */
  async advance(ms: number): Promise<void> {
    await settle(); // what has begun sets its timers
    const end = this.#now + ms;
    for (;;) {
      const due = Math.min(end, ...[...this.#timers].map(({ next }) => next));
      this.#now = Math.max(this.#now, due);
      const ready = [...this.#timers].filter(({ next }) => next <= this.#now);
      if (ready.length === 0) return settle();
      for (const timer of ready) {
        timer.next += timer.ms;
        timer.run();
      }
      await settle();
    }
  }

  /** Time passes, and no timer runs: the process is paused. */
  pause(ms: number): void {
    this.#now += ms;
  }
}

export interface Calls {
  join: number;
  update: number;
  remove: number;
  list: number;
  nextToken: number;
  wanted: number;
  want: number;
}

/** A registry that counts, and fails as it is told to. */
export class UnsteadyRegistry implements FleetRegistry {
  readonly #registry: FleetRegistry;
  readonly calls: Calls = {
    join: 0,
    update: 0,
    remove: 0,
    list: 0,
    nextToken: 0,
    wanted: 0,
    want: 0,
  };
  /** Thrown instead of an answer; the request is carried out or not. */
  failure: { readonly error: Error; readonly carriedOut: boolean } | undefined;
  /** Runs before each request. */
  before: (name: keyof Calls) => void | Promise<void> = () => {};

  constructor(registry: FleetRegistry = memoryFleetRegistry()) {
    this.#registry = registry;
  }

  get total(): number {
    return Object.values(this.calls).reduce((sum, each) => sum + each, 0);
  }

  join: FleetRegistry['join'] = (member) => this.#call('join', () => this.#registry.join(member));
  update: FleetRegistry['update'] = (member, version) =>
    this.#call('update', () => this.#registry.update(member, version));
  remove: FleetRegistry['remove'] = (id, version) =>
    this.#call('remove', () => this.#registry.remove(id, version));
  list: FleetRegistry['list'] = () => this.#call('list', () => this.#registry.list());
  nextToken: FleetRegistry['nextToken'] = () =>
    this.#call('nextToken', () => this.#registry.nextToken());
  wanted: FleetRegistry['wanted'] = () => this.#call('wanted', () => this.#registry.wanted());
  want: FleetRegistry['want'] = (wanted, version) =>
    this.#call('want', () => this.#registry.want(wanted, version));
  async close(): Promise<void> {}

  async #call<T>(name: keyof Calls, run: () => Promise<T>): Promise<T> {
    this.calls[name] += 1;
    await this.before(name);
    const { failure } = this;
    if (failure === undefined) return run();
    if (failure.carriedOut) await run();
    throw failure.error;
  }
}

let ids = 0;

export function member(
  registry: FleetRegistry,
  clock: FleetClock,
  options: Partial<FleetMemberOptions> = {},
): FleetMember {
  const name = `m${++ids}`;
  let incarnation = 0;
  return new FleetMember({
    registry,
    clock,
    heartbeat: HEARTBEAT,
    drain: DRAIN,
    margin: MARGIN,
    newId: () => `${name}-${++incarnation}`,
    ...options,
  });
}

/** What the registry says, without what is for people. */
export async function recorded(registry: FleetRegistry): Promise<Record<string, string>> {
  const entries = await registry.list();
  return Object.fromEntries(entries.map(({ member: { id, stages } }) => [id, stages.join(' ')]));
}

export const away = new StorageError('Unavailable', 'the registry is away');

/** Enters a stage, and has left the one before. */
export async function enterWholly(
  one: FleetMember,
  stage: Parameters<FleetMember['enter']>[0],
): Promise<void> {
  expect(await one.enter(stage)).toBeUndefined();
  await one.entered(stage);
}
