import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as sources from '../src/index.js';

type Core = typeof sources;

const built = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
const require = createRequire(import.meta.url);

/** The published files, as ESM and as CommonJS, and the latter in a realm of its own with its own `Error` and `Symbol`. */
const COPIES: Readonly<Record<string, () => Promise<Core>>> = {
  'the ESM file': () => import(/* @vite-ignore */ built('index.js')),
  'the CommonJS file': async () => require(built('index.cjs')) as Core,
  'the CommonJS file in another realm': async () => {
    const realm = createContext({ require, process, Buffer, console });
    const source = await readFile(built('index.cjs'), 'utf8');
    const load = runInContext(
      `(module, exports) => { ${source}\n; return module.exports; }`,
      realm,
    );
    const module = { exports: {} };
    return load(module, module.exports) as Core;
  },
};

describe.runIf(existsSync(built('index.cjs')))('errors of the built package', () => {
  it.each(Object.entries(COPIES))(
    'of %s are known by the sources, and the other way',
    async (_, load) => {
      const copy = await load();
      expect(copy.StorageError).not.toBe(sources.StorageError);
      const theirs: unknown = new copy.StorageError('NotFound', 'gone', { key: 'a' });
      expect(theirs instanceof sources.StorageError).toBe(false);
      expect(sources.isStorageError(theirs)).toBe(true);
      expect(sources.isStorageError(theirs, 'NotFound')).toBe(true);
      expect(sources.isStorageError(theirs, 'Timeout')).toBe(false);
      const ours: unknown = new sources.StorageError('Conflict', 'later');
      expect(copy.isStorageError(ours, 'Conflict')).toBe(true);
      expect(copy.isStorageError(new Error('NotFound'))).toBe(false);
    },
  );

  it('keep their code, their place and their cause when they pass through another copy', async () => {
    const [esm, cjs] = await Promise.all([
      COPIES['the ESM file']?.(),
      COPIES['the CommonJS file']?.(),
    ]);
    if (esm === undefined || cjs === undefined) return expect.unreachable();
    const cause = new Error('ENOENT');
    const theirs = new esm.StorageError('NotFound', 'gone', { cause });
    const context = { operation: 'stat', provider: 'test', key: 'a' };
    const passed = await cjs
      .runOperation(context, () => Promise.reject(theirs))
      .catch((error: unknown) => error);
    expect(passed).toMatchObject({ ...context, code: 'NotFound', message: 'gone', cause });
    expect(esm.isStorageError(passed, 'NotFound')).toBe(true);
  });

  it('tell of operations on the same channels', async () => {
    const copy = await COPIES['the CommonJS file']?.();
    const heard: unknown[] = [];
    const { start } = sources.operationChannel('test-of-copies');
    const listener = (event: unknown) => void heard.push(event);
    start.subscribe(listener);
    await copy?.runOperation({ operation: 'test-of-copies', provider: 'p' }, async () => {});
    start.unsubscribe(listener);
    expect(heard).toEqual([expect.objectContaining({ provider: 'p' })]);
  });
});
