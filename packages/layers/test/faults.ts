import { discardBody, StorageError, type StorageErrorCode } from '@org/storage-core';
import { around, type Call } from '../src/around.js';
import { defineLayer, type Layer } from '../src/layer.js';
import type { OperationName } from '../src/operations.js';

interface Fault {
  readonly operation: OperationName;
  readonly error: StorageError;
  /** `lost`: it is done, and only its answer is lost. A number: after so many entries of a listing. */
  readonly when: 'refused' | 'lost' | number;
}

/** Makes operations of a provider fail as planned, and notes which were asked for. */
export class Faults {
  readonly calls: Call[] = [];
  #planned: Fault[] = [];

  /** Plans one failure; those of one operation come in the order in which they were planned. */
  plan(
    operation: OperationName,
    failure: StorageErrorCode | StorageError,
    when: Fault['when'] = 'refused',
  ): this {
    const error =
      typeof failure === 'string'
        ? new StorageError(failure, `a planned ${failure}`, { operation, provider: 'memory' })
        : failure;
    this.#planned.push({ operation, error, when });
    return this;
  }

  /** How often the operation was asked for. */
  count(operation: OperationName): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  readonly layer: Layer = defineLayer((inner) => {
    const next = (call: Call) => {
      this.calls.push(call);
      const fault = this.#planned.find(({ operation }) => operation === call.operation);
      this.#planned = this.#planned.filter((other) => other !== fault);
      return fault;
    };
    return around(inner, {
      async call(call, run) {
        const fault = next(call);
        if (fault === undefined) return run();
        if (fault.when === 'lost') await run();
        else if (call.body !== undefined) discardBody(call.body);
        throw fault.error;
      },
      async *listing(call, run) {
        const fault = next(call);
        let seen = 0;
        for await (const entry of run()) {
          if (fault !== undefined && seen++ === fault.when) throw fault.error;
          yield entry;
        }
        if (fault !== undefined) throw fault.error;
      },
    });
  });
}
