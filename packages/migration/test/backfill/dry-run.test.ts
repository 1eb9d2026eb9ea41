import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dryRun, type MigrationEvent } from '../../src/index.js';
import { altered, keysOf, memoryWith } from '../fixtures.js';

/** All that writes fails. */
function readOnly(provider: StorageProvider): StorageProvider {
  const refuse = () =>
    Promise.reject(new StorageError('AccessDenied', 'it is not to be written to'));
  return altered(provider, {
    ...{ upload: refuse, delete: refuse, deleteMany: refuse, copy: refuse, move: refuse },
    probe: refuse,
  });
}

describe('a dry run', () => {
  it('tells what would be copied, compared and left, and writes nothing', async () => {
    const source = await memoryWith({ a: '1', b: '22', c: '333', 'd/e': '4444', f: '' });
    const target = await memoryWith(
      { '0': 'x', b: '99', c: 'longer', 'd/f': 'x', z: 'x' },
      'target',
    );
    const before = await Promise.all([keysOf(source), keysOf(target)]);
    const events: MigrationEvent[] = [];
    const report = await dryRun({
      source: readOnly(source),
      target: readOnly(target),
      select: { exclude: ['f'] },
      onEvent: (event) => events.push(event),
    });
    expect(report).toMatchObject({
      outcome: 'complete',
      copy: { files: 2, bytes: 5 },
      compare: { files: 1, bytes: 2 },
      leave: { files: 1, bytes: 3 },
      notSelected: { files: 1, bytes: 0 },
      skipped: {},
    });
    expect(events.filter(({ type }) => type === 'intention')).toEqual([
      { type: 'intention', key: 'a', size: 1, intention: 'copy' },
      { type: 'intention', key: 'b', size: 2, intention: 'compare' },
      { type: 'intention', key: 'c', size: 3, intention: 'leave' },
      { type: 'intention', key: 'd/e', size: 4, intention: 'copy' },
    ]);
    expect(await Promise.all([keysOf(source), keysOf(target)])).toEqual(before);
  });

  it('finds each file in the target that is there', async () => {
    const key = fc.constantFrom('a', 'a/b', 'a.b', 'b', 'Ü', '日本', '😀', '～', '~', 'a b', 'a0');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key), fc.uniqueArray(key), async (here, there) => {
        const files = (keys: string[]) => Object.fromEntries(keys.map((name) => [name, 'x']));
        const [source, target] = [await memoryWith(files(here)), await memoryWith(files(there))];
        const { copy, compare } = await dryRun({ source, target });
        const common = here.filter((name) => there.includes(name)).length;
        expect([copy.files, compare.files]).toEqual([here.length - common, common]);
      }),
      { numRuns: 50 },
    );
  });

  it('counts what can’t be migrated', async () => {
    const source = await memoryWith({ a: '1' });
    const withLink = altered(source, {
      list: (options) => {
        options?.onSkip?.({ reason: 'link', path: 'l', detail: 'a symbolic link' });
        return source.list(options);
      },
    });
    const target = new MemoryStorageProvider();
    expect(await dryRun({ source: withLink, target })).toMatchObject({ skipped: { link: 1 } });
  });

  it('ends when it is told to, with what it has seen', async () => {
    const source = await memoryWith({ a: '1', b: '2' });
    const stop = new AbortController();
    const report = await dryRun({
      source,
      target: new MemoryStorageProvider(),
      stop: stop.signal,
      onEvent: ({ type }) => type === 'intention' && stop.abort(),
    });
    expect(report).toMatchObject({ outcome: 'interrupted', copy: { files: 1 } });
  });

  it('fails where the target can’t be asked', async () => {
    const error = new StorageError('AccessDenied', 'the access key is unknown');
    const target = altered(new MemoryStorageProvider(), {
      checkHealth: async () => ({ healthy: false, latency: 1, error }),
    });
    await expect(dryRun({ source: await memoryWith({}), target })).rejects.toBe(error);
  });
});
