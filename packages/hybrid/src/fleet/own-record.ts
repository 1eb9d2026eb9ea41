import { StorageError } from '@org/storage-core';
import type { Stage } from '../mode.js';
import type { FleetClock } from './clock.js';
import type { MemberRecord } from './record.js';
import type { FleetRegistry, Version } from './registry.js';
import type { MemberReport } from './report.js';

/** Times that a write is tried against late effects of earlier ones, which had failed for all that was known. */
const ATTEMPTS = 5;

/** The record that a member keeps of itself, until it is erased: then it needs one of another id. One method at a time. */
export class OwnRecord {
  readonly #registry: FleetRegistry;
  readonly #about: Omit<MemberRecord, 'stages' | 'beat' | 'since' | 'report'>;
  readonly #clock: FleetClock;
  #beat = 0;
  #stages: readonly Stage[] = [];
  #since = 0;
  #version: Version | undefined;
  /** A request has failed, and may have been carried out. */
  #inDoubt = false;
  #renewed: number | undefined;
  #fenced = false;

  constructor(
    registry: FleetRegistry,
    about: Omit<MemberRecord, 'stages' | 'beat' | 'since' | 'report'>,
    clock: FleetClock,
  ) {
    this.#registry = registry;
    this.#about = about;
    this.#clock = clock;
  }

  /** Somebody else has removed it. */
  get fenced(): boolean {
    return this.#fenced;
  }

  /** By the clock, a time at which its present version had not been written yet; `undefined` if there is none. */
  get renewed(): number | undefined {
    return this.#renewed;
  }

  /** @throws StorageError `Conflict` if it is fenced; whatever the registry fails with. */
  async write(stages: readonly Stage[], report?: MemberReport): Promise<void> {
    if (stages.join() !== this.#stages.join()) {
      this.#stages = stages;
      this.#since = this.#beat + 1;
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const known = this.#version;
      if (this.#inDoubt) await this.#find();
      const before = this.#version;
      if (before === undefined && known !== undefined) this.#fenced = true;
      if (this.#fenced) throw fenced();
      const sent = this.#clock.now();
      this.#inDoubt = true;
      const member = { ...this.#about, stages, beat: ++this.#beat, since: this.#since, report };
      const version =
        before === undefined
          ? await this.#registry.join(member)
          : await this.#registry.update(member, before);
      if (version === undefined) continue;
      this.#inDoubt = false;
      this.#version = version;
      this.#renewed = sent;
      return;
    }
    throw disturbed(this.#about.id);
  }

  async erase(): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (this.#inDoubt) await this.#find();
      if (this.#version === undefined) return;
      this.#inDoubt = true;
      const removed = await this.#registry.remove(this.#about.id, this.#version);
      if (!removed) continue;
      this.#inDoubt = false;
      this.#version = undefined;
      this.#renewed = undefined;
      return;
    }
    throw disturbed(this.#about.id);
  }

  /** What became of requests without an answer. Nobody else writes this record; others only remove it. */
  async #find(): Promise<void> {
    const entries = await this.#registry.list();
    const own = entries.find(({ member }) => member.id === this.#about.id);
    this.#version = own?.version;
    this.#inDoubt = false;
  }
}

export const FENCED =
  'this process was not heard of for so long that others took it for gone; it must be restarted';

function fenced(): StorageError {
  return new StorageError('Conflict', FENCED, { retryable: false });
}

function disturbed(id: string): StorageError {
  return new StorageError('Conflict', `the fleet’s record ${id} is changed by others`);
}
