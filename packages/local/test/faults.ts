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

/**
 * `node:fs/promises` with the hook; methods of a handle are calls such as `handle.sync`, with its path in front. The file
 * system is none that is known to be on this machine, so that every call can be watched and broken.
 */
export function hookPromises<T extends object>(actual: T): T {
  return { ...hookPromisesHere(actual), statfs: async () => ({ type: 0 }) };
}

/** {@link hookPromises} on the file system that it is. */
export function hookPromisesHere<T extends object>(actual: T): T {
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
  for (const name of ['sync', 'write', 'writeFile', 'stat', 'utimes', 'close'] as const) {
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
export function hookCallbacks<T extends object>(actual: T): T {
  const hooked = (['open', 'fstat', 'read', 'fsync', 'close'] as const).map((name) => [
    name,
    callbackWithHook(name, Reflect.get(actual, name)),
  ]);
  const readlinkSync = (...args: unknown[]) => {
    hook('readlinkSync', args);
    return apply(Reflect.get(actual, 'readlinkSync'), args);
  };
  return { ...actual, ...Object.fromEntries(hooked), readlinkSync };
}

/**
 * {@link hookCallbacks}, and the calls that are made at once, such as `openSync`. Before those, the hook has to do at once what
 * it does.
 */
export function hookAtOnce<T extends object>(actual: T): T {
  const hooked = Object.entries(actual)
    .filter(([name, value]) => name.endsWith('Sync') && typeof value === 'function')
    .map(([name, value]) => [
      name,
      (...args: unknown[]) => {
        hook(name, args);
        return apply(value, args);
      },
    ]);
  return { ...hookCallbacks(actual), ...Object.fromEntries(hooked) };
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

/**
 * Makes the file system take names for the same that differ in case or Unicode form, as APFS and NTFS do: what is asked for
 * under another spelling of a name that is there, is that.
 */
export function foldNames(): void {
  onCall((_, args) => {
    for (const [index, path] of args.entries()) {
      if (typeof path === 'string' && path.startsWith('/')) args[index] = spelledAsThere(path);
    }
  });
}

function spelledAsThere(path: string): string {
  const fs = process.getBuiltinModule('node:fs');
  const fold = (name: string) => name.normalize('NFKC').toLowerCase();
  const [, start = '', rest = ''] = /^(\/proc\/self\/fd\/\d+|)(.*)$/.exec(path) ?? [];
  let found = start;
  for (const segment of rest.split('/').filter((part) => part !== '')) {
    let names: string[] = [];
    try {
      names = fs.readdirSync(`${found}/`);
    } catch {
      // Not there: nor is what is below it.
    }
    const name = names.includes(segment)
      ? segment
      : names.find((other) => fold(other) === fold(segment));
    found = `${found}/${name ?? segment}`;
  }
  return found + (path.endsWith('/') ? '/' : '');
}
