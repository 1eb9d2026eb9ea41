import type { ETag } from '@org/storage-core';
import type { CopyUpOptions, CopyUpResult } from '../backfill/copy-up.js';
import type { FileRecord } from '../journal/file-record.js';
import type { PackedError } from './packed-error.js';

/** What a worker is told before anything else. */
export interface Setting {
  /** The URL of the module that makes the stores. */
  readonly stores: string;
  readonly data: unknown;
  /** Of the coordinator's source and target. */
  readonly names: { readonly source: string; readonly target: string };
  /** Bytes a second of all workers together. */
  readonly bandwidth: number;
}

/** What a copy goes by that is no function. */
export type Carried = Omit<
  CopyUpOptions,
  'source' | 'target' | 'mayCommit' | 'signal' | 'onUpload' | 'onHash' | 'onProgress'
>;

/** One attempt at one file. */
export interface Task extends Carried {
  readonly id: number;
  readonly file: Pick<FileRecord, 'key' | 'size' | 'sourceEtag' | 'targetEtag'>;
  /** Whether the coordinator is to be asked before the copy becomes visible. */
  readonly asks: boolean;
}

/** How far an attempt has come, in bytes. */
export interface Advance {
  readonly id: number;
  readonly hashed?: number | undefined;
  readonly sent?: number | undefined;
}

export interface Answer {
  /** What was not told yet. */
  readonly advance: Advance | undefined;
  readonly outcome: { readonly result: CopyUpResult } | { readonly error: PackedError };
}

/** What the coordinator asks of a worker. */
export interface WorkerCalls {
  /** @returns why it can't work. */
  open(setting: Setting): Promise<PackedError | undefined>;
  copy(task: Task): Promise<Answer>;
  /** Ends all attempts. Without an answer: they answer. */
  abort(): void;
  /** Without an answer. */
  setBandwidth(rate: number): void;
  /** Ends all attempts, closes the stores and goes. Without an answer: the end is one. */
  close(): void;
}

/** What a worker asks of the coordinator. An error is answered, not thrown. */
export interface CoordinatorCalls {
  /** Answered when it is in the journal. */
  recordUpload(
    id: number,
    uploadId: string | undefined,
    sourceEtag: ETag | undefined,
  ): Promise<PackedError | undefined>;
  mayCommit(id: number): Promise<PackedError | undefined>;
  /** Answered when so many bytes may be read. */
  takeBytes(bytes: number): Promise<void>;
  /** Without an answer. */
  advance(advances: readonly Advance[]): void;
}
