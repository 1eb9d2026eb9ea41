import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { asStorageError, type StorageError } from '@org/storage-core';
import { compatible, type Mode, type Stage } from '../mode.js';
import type { Neighbours } from '../mode-switch.js';
import type { Work } from '../work.js';
import type { Timer } from './clock.js';
import { Lookout, lossOf, type Sighting } from './lookout.js';
import type { FleetMemberOptions } from './member-options.js';
import { FENCED, OwnRecord } from './own-record.js';
import { checkMemberId, nameOf } from './record.js';
import type { FleetRegistry } from './registry.js';
import { WorkWatch } from './report.js';
import { PATIENCE, seconds, type Timing, timingOf } from './timing.js';
import type { WantedMode } from './wanted.js';

/** What keeps this member from a stage, and is not asked about again before the next beat. */
type Refusal = { readonly stage: Stage } & (
  | { readonly reason: string }
  | { readonly error: StorageError }
);

/**
 * This process, in a fleet that knows itself by a registry. To enter a stage it first writes that it does, and only then looks at the
 * others: of two that enter at the same time, the one that looks last sees the other. Both may withdraw, never both enter.
 */
export class FleetMember implements Neighbours {
  readonly #registry: FleetRegistry;
  readonly #options: FleetMemberOptions;
  readonly #timing: Timing;
  readonly #lookout: Lookout;
  #record: OwnRecord;
  #id: string;
  /** What the record says, or will at the next beat. */
  #stages: readonly Stage[] = [];
  #refusal: Refusal | undefined;
  #failure: StorageError | undefined;
  #timer: Timer | undefined;
  #work: Work | undefined;
  #watch: WorkWatch | undefined;
  #follows = false;
  #wanted: WantedMode | undefined;
  /** Processes that have ended without leaving were seen, and are waited for. */
  #haunted = false;
  #beating = false;
  #left = false;
  #turns: Promise<unknown> = Promise.resolve();

  /** @throws StorageError `InvalidArgument`. */
  constructor(options: FleetMemberOptions) {
    this.#options = options;
    this.#registry = options.registry;
    this.#timing = timingOf(options);
    this.#lookout = new Lookout(this.#registry, this.#timing, PATIENCE * this.#timing.heartbeat);
    [this.#id, this.#record] = this.#newRecord();
  }

  get id(): string {
    return this.#id;
  }

  /** What the others are told: empty before the first stage, several while it moves. */
  get stages(): readonly Stage[] {
    return this.#stages;
  }

  /**
   * The mode that the registry wants all processes to reach, as the option `mode` of a `HybridStorageProvider` takes it. It is read
   * before the first operation and with every beat; while the registry is away, what was read last stays.
   * @param initial Until one was set, or read; a function is called each time.
   */
  wanted(initial: Mode | (() => Mode)): () => Mode {
    this.#follows = true;
    const before = typeof initial === 'function' ? initial : () => initial;
    return () => this.#wanted?.mode ?? before();
  }

  observe(work: Work): void {
    this.#work = work;
    this.#watch = new WorkWatch(work, this.#timing.clock);
  }

  /** Does not fail: {@link enter} does, where the registry is away. */
  async ready(): Promise<void> {
    this.#watch?.lookIntoSpool();
    if (this.#follows) await this.#turn(() => this.#attempt(() => this.#readWanted()));
  }

  /** Why the registry could not be read or written at the last beat. */
  get failure(): StorageError | undefined {
    return this.#failure;
  }

  /** Why others may have taken this process for gone, in a sentence; `undefined` if they can’t have. */
  get outOfTouch(): string | undefined {
    if (this.#record.fenced) return FENCED;
    const { drain, margin, clock } = this.#timing;
    const { renewed } = this.#record;
    if (renewed === undefined) return 'this process is not in the fleet';
    const silent = clock.now() - renewed;
    if (silent <= drain - margin) return undefined;
    const why = this.#failure === undefined ? '' : `: ${this.#failure.message}`;
    return `this process has lost touch with the fleet: its last beat was ${seconds(silent)} ago${why}`;
  }

  /** In the stages in which it writes to the source; in the others it writes to the target, or on conditions only. */
  writeObstacle(stage: Stage): string | undefined {
    if (this.#options.onLostTouch === 'continue') return undefined;
    return stage === 'source' || stage === 'prepare' ? this.outOfTouch : undefined;
  }

  /** @throws StorageError if the registry can’t be read or written: the stage has not been entered. */
  enter(stage: Stage): Promise<string | undefined> {
    return this.#turn(async () => {
      if (this.#left) return 'this process has left the fleet';
      if (this.#record.fenced) return FENCED;
      this.#timer ??= this.#timing.clock.every(this.#timing.heartbeat, () => void this.#beat());
      if (this.#refusal?.stage === stage) {
        if ('error' in this.#refusal) throw this.#refusal.error;
        return this.#refusal.reason;
      }
      this.#refusal = undefined;
      return this.#announce(stage);
    });
  }

  async #announce(stage: Stage): Promise<string | undefined> {
    const before = this.#stages;
    try {
      if (before.length === 0) await this.#renewRecord();
      this.#stages = [...new Set([...before, stage])];
      await this.#record.write(this.#stages, this.#report());
      const reason = await this.#whoIsInTheWay(stage);
      if (reason === undefined) return undefined;
      this.#refusal = { stage, reason };
    } catch (error) {
      const failure = registryError(error);
      // Who is in no stage yet may ask again at once: none of its operations can begin.
      if (before.length > 0) this.#refusal = { stage, error: failure };
      await this.#become(before);
      throw failure;
    }
    await this.#become(before);
    return this.#refusal.reason;
  }

  /** Ids are not used again, not even by the same process: a late request of an erased record must meet nothing. */
  async #renewRecord(): Promise<void> {
    await this.#record.erase();
    [this.#id, this.#record] = this.#newRecord();
  }

  /** If it fails, the next beat does it. */
  async #become(stages: readonly Stage[]): Promise<void> {
    this.#stages = stages;
    await this.#attempt(() => this.#publish());
  }

  entered(stage: Stage): Promise<void> {
    return this.#turn(async () => {
      if (!this.#left) await this.#become([stage]);
    });
  }

  /**
   * Beats at once.
   * @throws StorageError `Conflict` if this process was taken for gone; whatever the registry fails with.
   */
  renew(): Promise<void> {
    return this.#turn(async () => {
      await this.#attempt(() => this.#publish());
      if (this.#failure !== undefined) throw this.#failure;
    });
  }

  /** Does not fail: a record that can’t be removed is taken for gone after the drain time. */
  leave(): Promise<void> {
    return this.#turn(async () => {
      this.#left = true;
      this.#timer?.stop();
      await this.#become([]);
    });
  }

  /** What the stages are is published, and while others are in the way, they are watched. */
  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    await this.#turn(async () => {
      if (this.#left) return;
      this.#watch?.lookIntoSpool();
      await this.#attempt(async () => {
        await this.#publish();
        if (this.#follows) await this.#readWanted();
        if (this.#haunted && this.#refusal === undefined) await this.#lookAround();
      });
      if (this.#refusal !== undefined && !this.#record.fenced)
        await this.#askAgain(this.#refusal.stage);
    });
    this.#beating = false;
    // Not awaited: it takes turns of its own. What keeps it is told as the obstacle, or by the next operation.
    if (!this.#left) void this.#work?.follow().catch(() => undefined);
  }

  async #readWanted(): Promise<void> {
    const found = await this.#registry.wanted();
    if (found !== undefined) this.#wanted = found.wanted;
  }

  async #publish(): Promise<void> {
    if (this.#stages.length > 0) await this.#record.write(this.#stages, this.#report());
    else await this.#record.erase();
  }

  #report() {
    return this.#watch?.report(this.#follows);
  }

  /** Looks without an announcement, which would be in the way of those that it waits for. */
  async #askAgain(stage: Stage): Promise<void> {
    try {
      const reason = await this.#whoIsInTheWay(stage);
      this.#refusal = reason === undefined ? undefined : { stage, reason };
    } catch (error) {
      this.#failure = registryError(error);
      this.#refusal = this.#stages.length > 0 ? { stage, error: this.#failure } : undefined;
    }
  }

  async #whoIsInTheWay(stage: Stage): Promise<string | undefined> {
    const sightings = await this.#lookAround();
    const reasons = sightings.flatMap((sighting) => this.#reason(sighting, stage) ?? []);
    const [first, ...others] = reasons;
    return others.length === 0 ? first : `${first}; and ${others.length} more`;
  }

  async #lookAround(): Promise<readonly Sighting[]> {
    const sightings = await this.#lookout.look(this.#id);
    this.#haunted = sightings.some(({ ended }) => ended !== undefined);
    return sightings;
  }

  #reason(sighting: Sighting, stage: Stage): string | undefined {
    const { member } = sighting;
    const incompatible = member.stages.find((other) => !compatible(other, stage));
    const why =
      incompatible === undefined
        ? this.#options.objection?.(sighting, stage)
        : `is in the stage "${incompatible}"`;
    if (why === undefined) return undefined;
    const loss = lossOf(sighting, PATIENCE * this.#timing.heartbeat);
    return `${nameOf(member)} ${why}${loss === undefined ? '' : `; ${loss}`}`;
  }

  async #attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = registryError(error);
    }
  }

  #newRecord(): [string, OwnRecord] {
    const { role = 'application', scope, group, task, note, newId = randomUUID } = this.#options;
    const id = newId();
    checkMemberId(id);
    const { heartbeat, drain, margin, clock, processes } = this.#timing;
    const started = new Date().toISOString();
    const who = { host: hostname(), pid: process.pid, process: processes.own, started, note };
    const about = { id, role, scope, group, task, drain, margin, heartbeat, ...who };
    return [id, new OwnRecord(this.#registry, about, clock)];
  }

  /** One thing at a time, in the order in which they were asked for. */
  #turn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(run);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }
}

function registryError(error: unknown): StorageError {
  return asStorageError(error, { operation: 'enter', provider: 'fleet' });
}
