import { channel } from 'node:diagnostics_channel';
import type { StorageError } from '@org/storage-core';

/** What subscribers of the channel `org.storage.hybrid` are told. */
export type HybridEvent =
  /** A read was answered from the source: the file has not been copied yet, or the target does not answer. */
  | {
      readonly type: 'source-read';
      readonly provider: string;
      readonly key: string;
      readonly reason: 'not-copied' | 'target-unavailable';
    }
  /** The source’s copy of a file that was written or deleted could not be dropped. It is shadowed, and stays until it is retired. */
  | {
      readonly type: 'leftover';
      readonly provider: string;
      readonly key: string;
      readonly error: StorageError;
    };

const events = channel('org.storage.hybrid');

export function publish(event: HybridEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
