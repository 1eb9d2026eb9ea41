import { isStorageError, StorageError } from '@org/storage-core';
import type { Setting } from './messages.js';
import type { OpenStores, WorkerStores } from './options.js';

/**
 * Makes a worker's stores.
 * @throws StorageError `InvalidArgument`, or what the module throws that is one.
 */
export async function openStores({ stores, data, names }: Setting): Promise<WorkerStores> {
  let made: WorkerStores;
  try {
    const module: unknown = await import(stores);
    const open = functionOf(module);
    if (open === undefined) throw new TypeError('its default export is not a function');
    made = await open(data);
  } catch (cause) {
    if (isStorageError(cause)) throw cause;
    throw wrong(stores, `does not make the stores: ${textOf(cause)}`, cause);
  }
  const found = { source: made?.source?.name, target: made?.target?.name };
  if (found.source !== names.source || found.target !== names.target) {
    const [theirs, ours] = [found, names].map(({ source, target }) => `${source} and ${target}`);
    throw wrong(stores, `makes the stores ${theirs}, not ${ours} as they are named in migrate()`);
  }
  return made;
}

/** Of an ES module, of a CommonJS module, or of one that was compiled from the first to the second. */
function functionOf(module: unknown): OpenStores | undefined {
  for (let found = module, depth = 0; depth < 2; depth++) {
    found = defaultOf(found);
    if (typeof found === 'function') return found as OpenStores;
  }
  return undefined;
}

function defaultOf(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module
    ? module.default
    : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wrong(stores: string, what: string, cause?: unknown): StorageError {
  return new StorageError('InvalidArgument', `the workers' module ${stores} ${what}`, {
    operation: 'migrate',
    cause,
  });
}
