import {
  type Condition,
  type CopyOptions,
  carriedOptions,
  type FileMetadata,
  isStorageError,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { Changes } from './change.js';
import type { Stage } from './mode.js';
import { asApplicationsSee, goesBy } from './origin.js';
import type { Place, Reads } from './read.js';

/** Times that a copy is begun anew because its original has changed. */
const ATTEMPTS = 3;

/** Copies the version that is found, wherever it is: within a store where that can, else through this process. */
export class Copies {
  readonly #source: StorageProvider;
  readonly #target: StorageProvider;
  readonly #reads: Reads;
  readonly #changes: Changes;

  constructor(source: StorageProvider, target: StorageProvider, reads: Reads, changes: Changes) {
    this.#source = source;
    this.#target = target;
    this.#reads = reads;
    this.#changes = changes;
  }

  async copy(from: string, to: string, stage: Stage, options: CopyOptions): Promise<FileMetadata> {
    const { condition, sourceCondition, signal } = options;
    if (stage === 'source' && canCopy(this.#source, condition))
      return this.#source.copy(from, to, options);
    for (let attempt = 1; ; attempt++) {
      const place = await this.#reads.find(from, stage, signal);
      if (sourceCondition !== undefined && !goesBy(place.file, sourceCondition.etag))
        throw new StorageError('PreconditionFailed', `${from} is not the version that was named`);
      const transfer = (into: Place['side']) => (given?: Condition) =>
        this.#transfer(place, into, to, given, stage, signal);
      const change = {
        key: to,
        condition,
        signal,
        repeatable: true,
        inSource: transfer('source'),
        inTarget: transfer('target'),
      };
      try {
        return asApplicationsSee(await this.#changes.make(change, stage));
      } catch (error) {
        // The original was another version by then, or had moved: whatever it is now is to be copied.
        if (!(error instanceof Moved) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #transfer(
    { side, file }: Place,
    into: Place['side'],
    to: string,
    condition: Condition | undefined,
    stage: Stage,
    signal: AbortSignal | undefined,
  ): Promise<FileMetadata> {
    const destination = into === 'source' ? this.#source : this.#target;
    const pinned = { type: 'match', etag: file.etag } as const;
    const moved = (error: unknown) => {
      throw hasMoved(error) ? new Moved(file.key, error) : error;
    };
    if (side === into && condition === undefined)
      return destination.copy(file.key, to, { sourceCondition: pinned, signal }).catch(moved);
    const { body } = await this.#reads
      .open(file.key, stage, { condition: pinned, signal })
      .catch(moved);
    return destination.upload(to, body, {
      ...carriedOptions(asApplicationsSee(file)),
      ...(condition === undefined ? {} : { condition }),
      signal,
    });
  }
}

/** The version that was to be copied is no longer where it was. */
class Moved extends StorageError {
  constructor(key: string, cause: unknown) {
    super('Conflict', `${key} was changed while it was copied`, { cause });
  }
}

function hasMoved(error: unknown): boolean {
  return isStorageError(error, 'PreconditionFailed') || isStorageError(error, 'NotFound');
}

function canCopy({ capabilities }: StorageProvider, condition: Condition | undefined): boolean {
  if (condition === undefined) return true;
  const { conditionalCopyCreate, conditionalCopyUpdate } = capabilities;
  return (condition.type === 'absent' ? conditionalCopyCreate : conditionalCopyUpdate) === 'native';
}
