import {
  type Capabilities,
  type Capability,
  type Condition,
  type Key,
  type OperationOptions,
  parseKey,
  refuseAbsent,
  throwIfAborted,
} from '@org/storage-core';
import { checkedAt, failure, type Place } from './failure.js';
import type { SimulatedProcess } from './process.js';
import type { SimulatedStore, StoreRequest } from './simulated-store.js';

/** What the operations of a client have in common: a store, and the process whose steps their requests are. */
export class Connection {
  readonly store: SimulatedStore;
  readonly process: SimulatedProcess;
  readonly capabilities: Capabilities;
  /** What was parsed already: it takes as long as a good part of a step. */
  readonly #keys = new Set<string>();
  #closed = false;

  constructor(store: SimulatedStore, process: SimulatedProcess) {
    this.store = store;
    this.process = process;
    const matches = store.options.conditions === 'locks' ? 'cooperative' : 'native';
    this.capabilities = {
      conditionalCreate: 'native',
      conditionalCreateInParts: 'native',
      conditionalUpdate: matches,
      conditionalDelete: matches,
      conditionalCopyCreate: 'native',
      conditionalCopyUpdate: matches,
      metadata: 'native',
      tags: 'native',
      multipart: store.options.partSize === undefined ? 'absent' : 'native',
      resumableUpload: 'absent',
      versions: 'absent',
      downloadUrls: 'absent',
      uploadTickets: 'absent',
      serverSideCopy: 'native',
      ...store.options.capabilities,
    };
  }

  close(): void {
    this.#closed = true;
  }

  /** Begins an operation. */
  place(operation: string, key: string | undefined, { signal }: OperationOptions): Place {
    const provider = this.store.name;
    const place = key === undefined ? { provider, operation } : { provider, operation, key };
    if (this.#closed) throw failure('Unavailable', 'the provider is closed', place, false);
    throwIfAborted(signal, place);
    return place;
  }

  /** Begins an operation on a key. */
  placeOf(
    operation: string,
    key: string,
    options: OperationOptions & { readonly versionId?: string | undefined },
  ): { readonly parsed: Key; readonly place: Place } {
    const place = this.place(operation, key, options);
    if (options.versionId !== undefined) this.refuseAbsent(place, { versions: true });
    return { parsed: this.parse(place, key), place };
  }

  /** @throws StorageError `InvalidKey`. */
  parse(place: Place, key: string): Key {
    if (this.#keys.has(key)) return key as Key; // that `parseKey` gave
    const parsed = checkedAt(place, () => parseKey(key));
    this.#keys.add(parsed);
    return parsed;
  }

  /** @throws StorageError `Unsupported`. */
  refuseAbsent(place: Place, asked: Readonly<Partial<Record<Capability, unknown>>>): void {
    checkedAt(place, () => refuseAbsent(this.capabilities, asked));
  }

  request<T>(request: StoreRequest<T>): Promise<T> {
    return this.store.request(this.process, request);
  }
}

/** The type of a request that changes something. */
export function writes(condition: Condition | undefined): 'write' | 'conditional-write' {
  return condition === undefined ? 'write' : 'conditional-write';
}

/** A condition in a line of the trace. */
export function told(condition: Condition | undefined): string {
  if (condition === undefined) return '';
  return condition.type === 'absent' ? ' if absent' : ` if ${condition.etag}`;
}
