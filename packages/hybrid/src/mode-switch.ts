import { StorageError } from '@org/storage-core';
import { type Mode, modeOf, type Stage, stepTowards } from './mode.js';
import type { Work } from './work.js';

/** Who else works on the same files, and in which stage. */
export interface Neighbours {
  /** Whose work they may tell the others of. Called once, before anything else. */
  observe?(work: Work): void;
  /** Awaited before this process asks for the first time which mode is wanted. Does not fail. */
  ready?(): Promise<void>;
  /**
   * Announces that this process enters a stage. Until {@link entered}, it is in both the old one and the new one. Asked before
   * every operation while it is in the way, so that the answer must be cheap.
   * @returns Who is in the way, so that it has not been entered; or `undefined`.
   */
  enter(stage: Stage): Promise<string | undefined>;
  /** No operation is under way any more in the stage before. */
  entered(stage: Stage): Promise<void>;
  /**
   * Why nothing may be written, copied or deleted in this stage for now, such as because the others can’t know any more that this
   * process is there; `undefined` if it may. Asked as each such operation begins.
   */
  writeObstacle(stage: Stage): string | undefined;
  /** This process works no longer: no operation that writes is under way. */
  leave(): Promise<void>;
}

/** One operation, from its beginning to its end. */
export interface Visit {
  readonly stage: Stage;
  end(): void;
}

/**
 * The stage that a process is in. It moves towards the wanted mode step by step, with the neighbours' leave, and takes the next
 * step only when all operations have ended that began before the last one.
 */
export class ModeSwitch {
  readonly #wanted: () => Mode;
  readonly #neighbours: Neighbours;
  readonly #check: (stage: Stage) => Promise<void>;
  readonly #entered: (stage: Stage) => void;
  readonly #underWay = new Map<Stage, number>();
  #writes = 0;
  #stage: Stage | undefined;
  #moving: Promise<void> | undefined;
  #obstacle: StorageError | undefined;
  #closed = false;
  #waiting: (() => void)[] = [];

  /**
   * @param check Rejects if the stores don't allow a stage.
   * @param entered Told of every stage.
   */
  constructor(
    wanted: () => Mode,
    neighbours: Neighbours,
    check: (stage: Stage) => Promise<void>,
    entered: (stage: Stage) => void = () => {},
  ) {
    this.#wanted = wanted;
    this.#neighbours = neighbours;
    this.#check = check;
    this.#entered = entered;
  }

  /** `undefined` before the first operation. */
  get stage(): Stage | undefined {
    return this.#stage;
  }

  /** What keeps the wanted mode from being reached; `undefined` if nothing does. */
  get obstacle(): StorageError | undefined {
    return this.#obstacle;
  }

  /**
   * Begins an operation in the present stage. A mode that is wanted and can't be entered leaves the process where it is; only
   * the first stage of all has to be entered.
   * @param writes Whether the operation changes files.
   * @throws StorageError why it can't be.
   */
  async begin(writes = false): Promise<Visit> {
    if (this.#closed) throw closed();
    const moving = this.#follow();
    if (this.#stage === undefined) await moving;
    const stage = this.#stage;
    if (stage === undefined) throw this.#obstacle ?? closed();
    if (writes) this.#checkWrites(stage);
    this.#count(stage, writes, 1);
    return { stage, end: () => this.#count(stage, writes, -1) };
  }

  #checkWrites(stage: Stage): void {
    if (this.#closed) throw closed(); // while the first stage was entered
    const obstacle = this.#neighbours.writeObstacle(stage);
    if (obstacle !== undefined) throw new StorageError('Unavailable', obstacle);
  }

  /** Goes towards the wanted mode without an operation; fails as one would. */
  async follow(): Promise<void> {
    if (!this.#closed) await this.#follow();
  }

  /** No operation begins any more. Resolves when those that write have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writes > 0) await this.#nextEnd();
  }

  /** Goes towards the wanted mode, as far as it may now. Resolves when it is there, or can't go on. */
  #follow(): Promise<void> {
    const goal = goalOf(this.#wanted());
    if (this.#stage === goal) return Promise.resolve();
    this.#moving ??= this.#move()
      .catch((error: unknown) => {
        this.#obstacle = error as StorageError; // `#move` throws nothing else
      })
      .finally(() => {
        this.#moving = undefined;
      });
    return this.#moving;
  }

  async #move(): Promise<void> {
    if (this.#stage === undefined) await this.#neighbours.ready?.();
    for (;;) {
      const wanted = this.#wanted();
      const goal = goalOf(wanted);
      if (this.#stage === goal) break;
      const next = this.#stage === undefined ? wanted : stepTowards(this.#stage, goal);
      await this.#check(next);
      const obstacle = await this.#neighbours.enter(next);
      if (obstacle !== undefined) {
        if (next === 'settled') break; // no failure: some are a step behind
        throw new StorageError(
          'Unavailable',
          `the mode "${modeOf(next)}" can’t be entered: ${obstacle}`,
        );
      }
      this.#stage = next;
      this.#entered(next);
      await this.#ended(next);
      await this.#neighbours.entered(next);
    }
    this.#obstacle = undefined;
  }

  /** Waits for the operations that began in another stage. */
  async #ended(stage: Stage): Promise<void> {
    const others = () => [...this.#underWay].some(([other, count]) => count > 0 && other !== stage);
    while (others()) await this.#nextEnd();
  }

  #nextEnd(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #count(stage: Stage, writes: boolean, by: 1 | -1): void {
    if (writes) this.#writes += by;
    this.#underWay.set(stage, (this.#underWay.get(stage) ?? 0) + by);
    if (by === 1) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Who wants `hybrid` wants all of it; on the way back it is left as soon as an earlier mode is wanted. */
function goalOf(mode: Mode): Stage {
  return mode === 'hybrid' ? 'settled' : mode;
}

function closed(): StorageError {
  return new StorageError('Unavailable', 'the provider is closed', { retryable: false });
}
