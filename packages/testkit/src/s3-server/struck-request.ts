import { setTimeout as sleep } from 'node:timers/promises';
import type { ChecksumAlgorithm } from './checksum.js';
import { S3Error, statusOfCode } from './error.js';
import type { ConditionalWrite, FaultEffect } from './faults.js';
import type { Leniency } from './operation.js';

type EffectOf<Type extends FaultEffect['type']> = Extract<FaultEffect, { type: Type }>;

/** Thrown when a fault cuts the connection. */
export class ConnectionCut extends Error {
  override readonly name = 'ConnectionCut';

  constructor() {
    super('The connection was cut by a fault.');
  }
}

/** The faults that strike one request, asked at the places where they act. */
export class StruckRequest implements Leniency {
  readonly #effects: readonly FaultEffect[];

  constructor(effects: readonly FaultEffect[]) {
    this.#effects = effects;
  }

  /** Before anything is done. */
  async begin(signal: AbortSignal): Promise<void> {
    for (const effect of this.#effects) {
      if (effect.type === 'delay') await sleep(effect.milliseconds, undefined, { signal });
      if (effect.type === 'reset') throw new ConnectionCut();
      if (effect.type === 'error') {
        const status = effect.status ?? statusOfCode(effect.code) ?? 500;
        throw new S3Error({ code: effect.code, status }, effect.message);
      }
    }
  }

  get losesAnswer(): boolean {
    return this.#find('lost-answer') !== undefined;
  }

  get requestBytesBeforeCut(): number {
    return this.#find('reset-request')?.after ?? Number.POSITIVE_INFINITY;
  }

  get responseBytesBeforeCut(): number {
    return this.#find('reset-response')?.after ?? Number.POSITIVE_INFINITY;
  }

  get truncatedLength(): number {
    return this.#find('truncate')?.length ?? Number.POSITIVE_INFINITY;
  }

  /** Flips the byte that a fault names in a chunk of the answer's body. */
  corrupt(chunk: Buffer, position: number): Buffer {
    const offset = (this.#find('corrupt')?.offset ?? Number.POSITIVE_INFINITY) - position;
    if (offset < 0 || offset >= chunk.length) return chunk;
    const copy = Buffer.from(chunk);
    copy[offset] = (copy[offset] ?? 0) ^ 0xff;
    return copy;
  }

  get dropsChecksums(): boolean {
    return this.#find('drop-checksums') !== undefined;
  }

  ignoresChecksum(algorithm: ChecksumAlgorithm): boolean {
    return this.#effects.some(
      (effect) =>
        effect.type === 'ignore-checksums' && (effect.algorithms?.includes(algorithm) ?? true),
    );
  }

  ignoresCondition(write: ConditionalWrite): boolean {
    return this.#effects.some(
      (effect) =>
        effect.type === 'ignore-preconditions' && (effect.writes?.includes(write) ?? true),
    );
  }

  beforeWrite(stored: number): void {
    const full = this.#find('disk-full');
    if (full && stored >= (full.after ?? 0)) {
      throw new S3Error('InternalError', 'No space left on device');
    }
  }

  #find<Type extends FaultEffect['type']>(type: Type): EffectOf<Type> | undefined {
    return this.#effects.find((effect): effect is EffectOf<Type> => effect.type === type);
  }
}
