import type { DeleteResult, OperationOptions } from '@org/storage-core';
import { type Attempts, repeat } from './attempts.js';
import type { Operations } from './operations.js';
import { mayPass } from './repeatable-error.js';

/** A bulk delete that is repeated with those keys that failed and may pass; what it resolves to tells of each key once. */
export async function repeatedDelete(
  { deleteMany }: Pick<Operations, 'deleteMany'>,
  keys: Iterable<string>,
  options: OperationOptions | undefined,
  attempts: Attempts,
): Promise<DeleteResult> {
  const remove = (some: Iterable<string>) =>
    repeat(attempts, mayPass, () => deleteMany(some, options));
  let outcome = await remove(lasting(keys));
  for (;;) {
    const left = outcome.failed.filter(({ error }) => mayPass(error));
    const [first] = left;
    if (first === undefined) return outcome;
    const further = await attempts
      .after(first.error, mayPass)
      .then(() => remove(left.map(({ key }) => key)))
      .catch(() => undefined); // it rejects only if nothing was tried: what failed is told key by key
    if (further === undefined) return outcome;
    outcome = {
      deleted: [...outcome.deleted, ...further.deleted],
      failed: [...outcome.failed.filter(({ error }) => !mayPass(error)), ...further.failed],
    };
  }
}

/** A generator gives its keys once only. What is no list of keys is for the provider to refuse. */
function lasting(keys: Iterable<string>): Iterable<string> {
  return typeof keys === 'object' && keys !== null && Symbol.iterator in keys ? [...keys] : keys;
}
