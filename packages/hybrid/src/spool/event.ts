import { channel } from 'node:diagnostics_channel';
import type { StorageError } from '@org/storage-core';

/** What subscribers of the channel `org.storage.spool` are told. Sizes are bytes. */
export type SpoolEvent =
  /** A write went to the spool: the target was away, or the spool had an entry of the key already. */
  | {
      readonly type: 'spooled';
      readonly provider: string;
      readonly key: string;
      readonly size: number;
    }
  /** An entry is in the target now, and no longer in the spool. */
  | {
      readonly type: 'drained';
      readonly provider: string;
      readonly key: string;
      readonly size: number;
    }
  /**
   * The target had something else than what an entry is known to have been written over. The entry goes to the target, and
   * what was there is kept as the file `kept` of the spool’s store.
   */
  | {
      readonly type: 'conflict';
      readonly provider: string;
      readonly key: string;
      readonly kept: string;
      readonly size: number;
    }
  /** An entry, or without a key all of them, could not be drained, for another reason than that the target is away. */
  | {
      readonly type: 'failed';
      readonly provider: string;
      readonly key?: string;
      readonly error: StorageError;
    }
  /** A write was refused since the spool is full. */
  | {
      readonly type: 'full';
      readonly provider: string;
      readonly key: string;
      /** Bytes. */
      readonly used: number;
      readonly maxBytes: number;
    };

const events = channel('org.storage.spool');

export function publish(event: SpoolEvent): void {
  if (events.hasSubscribers) events.publish(event);
}
