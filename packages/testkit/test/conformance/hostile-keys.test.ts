import { keyProblem, MemoryStorageProvider } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOSTILE_KEYS, INVALID_KEYS, referenceListing } from '../../src/index.js';

describe('the hostile keys', () => {
  it('are keys, all different, and none is a folder of another', () => {
    expect(HOSTILE_KEYS.filter((key) => keyProblem(key) !== undefined)).toEqual([]);
    expect(new Set(HOSTILE_KEYS).size).toBe(HOSTILE_KEYS.length);
    const folders = HOSTILE_KEYS.filter((folder) =>
      HOSTILE_KEYS.some((key) => key.startsWith(`${folder}/`)),
    );
    expect(folders).toEqual([]);
  });

  it('have two of the full length, with segments that a file system holds', () => {
    const longest = HOSTILE_KEYS.filter((key) => Buffer.byteLength(key) === 1024);
    expect(longest).toHaveLength(2);
    const segments = HOSTILE_KEYS.flatMap((key) => key.split('/'));
    expect(Math.max(...segments.map((segment) => Buffer.byteLength(segment)))).toBeLessThan(256);
  });

  it('are in another order by UTF-16 units than by bytes', () => {
    expect(referenceListing(HOSTILE_KEYS)).not.toEqual([...HOSTILE_KEYS].sort());
  });
});

it('the invalid keys are none', () => {
  for (const [what, key] of Object.entries(INVALID_KEYS)) {
    expect(keyProblem(key), what).toBeDefined();
  }
});

describe('the reference listing', () => {
  const SEGMENT = fc.constantFrom('a', 'b', 'a-', 'a0', '!', '\uffff', '\u{10000}', 'é');
  const KEY = fc.array(SEGMENT, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const TEXT = fc.oneof(
    KEY,
    KEY.map((key) => `${key}/`),
    fc.constantFrom('', '/', 'a', '\u{10ffff}'),
  );

  it('is what the in-memory provider lists', async () => {
    const options = fc.record(
      { prefix: TEXT, delimiter: fc.constant('/' as const), startAfter: TEXT },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(KEY, { maxLength: 12 }), options, async (keys, chosen) => {
        const provider = new MemoryStorageProvider();
        for (const key of keys) await provider.upload(key, '');
        const listed: string[] = [];
        for await (const entry of provider.list(chosen)) {
          listed.push(entry.type === 'file' ? entry.key : entry.prefix);
        }
        expect(listed).toEqual(referenceListing(keys, chosen));
      }),
      { numRuns: 300 },
    );
  });

  it('is this for a small store', () => {
    const keys = ['b', 'a/c', 'a/b', 'a-', 'a0', '\u{10000}', '\uffff'];
    expect(referenceListing(keys)).toEqual(['a-', 'a/b', 'a/c', 'a0', 'b', '\uffff', '\u{10000}']);
    expect(referenceListing(keys, { prefix: 'a', delimiter: '/' })).toEqual(['a-', 'a/', 'a0']);
    expect(referenceListing(keys, { delimiter: '/', startAfter: 'a/b' })).toEqual([
      'a0',
      'b',
      '\uffff',
      '\u{10000}',
    ]);
  });
});
