import type * as callbackFs from 'node:fs';
import type * as promiseFs from 'node:fs/promises';
import { onTestFinished } from 'vitest';

/**
 * Sees a call before it is made, and may change its arguments. What it throws is the outcome of the call; {@link SKIP} lets
 * it succeed without being made, and a function that it returns changes the result.
 */
export type Hook = (call: string, args: unknown[]) => unknown;

export const SKIP = Symbol('skip');

let hook: Hook = () => {};

/** Watches or breaks calls of the file system until the test ends. */
export function onCall(next: Hook): void {
  hook = next;
  onTestFinished(() => {
    hook = () => {};
  });
}

/** As the system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: forced by the test`), { code, syscall: 'test' });
}

/** Breaks the calls of a name, on paths that contain a text. */
export function failOn(call: string, path: string, code: string): void {
  onCall((name, [first]) => {
    if (name === call && String(first).includes(path)) throw systemError(code);
  });
}

/** `node:fs/promises` with the hook; methods of a handle are calls such as `handle.sync`, with its path in front. */
export function hookPromises(actual: typeof promiseFs): typeof promiseFs {
  const hooked = Object.fromEntries(
    Object.entries(actual).map(([name, value]) => [
      name,
      typeof value !== 'function' ? value : promiseWithHook(name, value),
    ]),
  );
  return { ...actual, ...hooked };
}

function promiseWithHook(name: string, call: unknown) {
  return async (...args: unknown[]) => {
    const outcome = await hook(name, args);
    if (outcome === SKIP) return undefined;
    const result: unknown = await apply(call, args);
    if (typeof outcome === 'function') return apply(outcome, [result]);
    return name === 'open' ? handleWithHook(result, args[0]) : result;
  };
}

function handleWithHook(handle: unknown, path: unknown): unknown {
  if (typeof handle !== 'object' || handle === null) return handle;
  for (const name of ['sync', 'write', 'stat', 'close'] as const) {
    const method: unknown = Reflect.get(handle, name);
    Reflect.defineProperty(handle, name, {
      value: async (...args: unknown[]) => {
        const seen = [path, ...args];
        if ((await hook(`handle.${name}`, seen)) === SKIP) return undefined;
        return apply(method, seen.slice(1), handle);
      },
    });
  }
  return handle;
}

/** `node:fs` with the hook on what descriptors are made of. */
export function hookCallbacks(actual: typeof callbackFs): typeof callbackFs {
  const hooked = (['open', 'fstat', 'read', 'fsync', 'close'] as const).map((name) => [
    name,
    callbackWithHook(name, actual[name]),
  ]);
  const readlinkSync = (...args: unknown[]) => {
    hook('readlinkSync', args);
    return apply(actual.readlinkSync, args);
  };
  return { ...actual, ...Object.fromEntries(hooked), readlinkSync };
}

function callbackWithHook(name: string, call: unknown) {
  return (...args: unknown[]) => {
    const done = args.at(-1);
    Promise.resolve()
      .then(() => hook(name, args))
      .then(
        (outcome) => (outcome === SKIP ? apply(done, [null]) : apply(call, args)),
        (error: unknown) => apply(done, [error]),
      );
  };
}

function apply(call: unknown, args: readonly unknown[], self?: unknown): unknown {
  if (typeof call !== 'function') throw new TypeError('not a function');
  return Reflect.apply(call, self, args);
}

/** Syncs matter to a machine that crashes; a test that does not care is faster without. */
export function withoutSyncs(): void {
  onCall((call) => (call === 'handle.sync' || call === 'fsync' ? SKIP : undefined));
}
