import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { StorageError, StorageErrorCode } from './error.js';
import type { MigrationRunEvent, SyncEvent } from './migration-events.js';

/** What is told, on which channel of `node:diagnostics_channel`, beside the operations; see {@link operationChannel} for those. */
export interface StorageEvents {
  /** A layer waits, and tries again. */
  readonly 'org.storage.retry': RetryEvent;
  /** A circuit breaker has changed its state. */
  readonly 'org.storage.circuit': CircuitEvent;
  /** A downloaded file's body was handed out, and later the same event once more: it has closed. */
  readonly 'org.storage.body': BodyEvent;
  /** A health check has tried to write. */
  readonly 'org.storage.health': HealthEvent;
  /** From a store that is made of two. */
  readonly 'org.storage.hybrid': HybridEvent;
  /** From the disk that takes writes while the target is away. */
  readonly 'org.storage.spool': SpoolEvent;
  /** From a run that a journal knows. */
  readonly 'org.storage.migration': MigrationRunEvent;
  /** From a migration that is made again and again. */
  readonly 'org.storage.sync': SyncEvent;
  /** From a factory whose configuration changes while it is at work. */
  readonly 'org.storage.configuration': ConfigurationEvent;
}

export interface RetryEvent {
  readonly operation: string;
  /** Name of the provider. */
  readonly provider: string;
  readonly key?: string | undefined;
  /** Number of the attempt that failed, from 1 on. */
  readonly attempt: number;
  /** Milliseconds until the next attempt. */
  readonly delay: number;
  /** The `StorageError` of the attempt that failed. */
  readonly error: StorageError;
}

/**
 * `closed` calls reach the store · `open` they are refused · `half-open` one call is under way that decides, and others are
 * refused.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitEvent {
  /** Name of the provider whose operation changed it. */
  readonly provider: string;
  readonly state: CircuitState;
  /** Why it is not closed: the last `StorageError` that was counted. */
  readonly error?: StorageError;
}

export interface HealthEvent {
  /** Name of the provider. */
  readonly provider: string;
  /** Whether a file could be created, read back and deleted. */
  readonly healthy: boolean;
  /** Milliseconds that it took. */
  readonly latency: number;
  /** Why it could not. */
  readonly error?: StorageError;
}

/** One body, from the moment it is handed out. The properties change as it is read. */
export interface BodyEvent {
  /** Name of the provider. */
  readonly provider: string;
  readonly key?: string | undefined;
  /** Which the store has given so far, whether they were read or not. */
  readonly bytes: number;
  /** `read` to its end · `left` before its end · `failed` */
  readonly state: 'open' | 'read' | 'left' | 'failed';
  /** Of one that failed. */
  readonly code?: StorageErrorCode;
}

export type HybridEvent =
  /** A process is in another stage from now on. */
  | {
      readonly type: 'stage';
      readonly provider: string;
      readonly stage: 'source' | 'prepare' | 'hybrid' | 'settled' | 'target';
    }
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

/** Sizes are bytes. */
export type SpoolEvent =
  /** What waits: after every pass of the drainer, and whenever the provider was asked for its status. */
  | {
      readonly type: 'status';
      readonly provider: string;
      readonly entries: number;
      readonly bytes: number;
      /** When the oldest entry was written, by the spool’s disk; `undefined` if there is none. */
      readonly oldest: Date | undefined;
    }
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

/** Settings are paths, such as `storages.uploads.mode`. Their values, which may be secret, are not told. */
export type ConfigurationEvent =
  /** A storage goes by these from now on. */
  | {
      readonly type: 'changed';
      readonly storage: string;
      readonly settings: readonly string[];
    }
  /** These are others now, and count from the next start on. */
  | {
      readonly type: 'restart-needed';
      readonly storage: string;
      readonly settings: readonly string[];
    }
  /** The mode of the configuration is another one, but does not count: the fleet’s registry holds one for all processes. */
  | {
      readonly type: 'overruled';
      readonly storage: string;
      readonly mode: 'source' | 'prepare' | 'hybrid' | 'target';
    }
  /** The configuration, or the flags, can’t be read, or are wrong: the last ones that could stay. */
  | {
      readonly type: 'failed';
      readonly from: 'configuration' | 'flags';
      readonly error: StorageError;
    };

/** The side of a channel that publishes. An event is made only where somebody listens. */
export interface EventChannel<Event> {
  readonly hasSubscribers: boolean;
  publish(event: Event): void;
}

export function eventChannel<Name extends keyof StorageEvents>(
  name: Name,
): EventChannel<StorageEvents[Name]> {
  return channel(name);
}

/** Listens until the returned function is called. What a listener throws ends the process, as Node has it: it must not throw. */
export function onStorageEvent<Name extends keyof StorageEvents>(
  name: Name,
  listener: (event: StorageEvents[Name]) => void,
): () => void {
  const heard = (message: unknown) => listener(message as StorageEvents[Name]);
  subscribe(name, heard);
  return () => void unsubscribe(name, heard);
}
