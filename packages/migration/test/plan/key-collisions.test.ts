import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyCollisions } from '../../src/plan/key-collisions.js';
import type { PlanProblem } from '../../src/plan/problem.js';
import { temporaryDirectory } from '../fixtures.js';
import { problemsOf, quickPlan, sourceListing } from './fixtures.js';

async function collisionsOf(keys: Iterable<string>, temporary?: string): Promise<PlanProblem[]> {
  const collisions = new KeyCollisions(temporary);
  try {
    for (const key of keys) collisions.add(key);
    const found: PlanProblem[] = [];
    for await (const problem of collisions.find(undefined)) found.push(problem);
    return found;
  } finally {
    collisions.close();
  }
}

const fold = (key: string) => key.normalize('NFC').toLowerCase().normalize('NFC');

describe('keys that collide', () => {
  it('by case, by form and by both are named with what they collide with', async () => {
    const found = await collisionsOf([
      'a/x.txt',
      'A/x.txt',
      'Caf\u00e9',
      'Cafe\u0301',
      'other',
      '\u00c4',
      'a\u0308',
    ]);
    expect(found.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { kind: 'same-but-case', path: 'A/x.txt', detail: 'differs from a/x.txt by case alone' },
      { kind: 'same-but-form', path: 'Caf\u00e9', detail: expect.stringContaining('Cafe\u0301') },
      { kind: 'same-but-case', path: '\u00c4', detail: expect.stringContaining('or form alone') },
    ]);
  });

  it('are found wherever in the listing they are', async () => {
    function* keys() {
      for (let i = 0; i < 20_000; i++) yield `${i % 3 === 0 ? 'D' : 'd'}/file-${i}`;
      yield 'd/file-0';
      yield 'D/FILE-10000';
    }
    const found = await collisionsOf(keys());
    expect(found.map(({ path }) => path).sort()).toEqual(['D/FILE-10000', 'D/file-0']);
  });

  it('are as many as a plain count says, for any keys', async () => {
    const letter = fc.constantFrom(
      'a',
      'A',
      '\u00e9',
      'e\u0301',
      'E\u0301',
      '/',
      'ß',
      'İ',
      '\u{1d538}',
    );
    const key = fc.array(letter, { minLength: 1, maxLength: 4 }).map((letters) => letters.join(''));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 60 }), async (keys) => {
        const found = await collisionsOf(keys);
        const groups = new Set(keys.map(fold));
        expect(found).toHaveLength(keys.length - groups.size);
        for (const { path } of found) {
          expect(keys.filter((other) => other !== path && fold(other) === fold(path))).not.toEqual(
            [],
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leave no file behind, not even of a process that is killed', async () => {
    const temporary = await temporaryDirectory();
    const collisions = new KeyCollisions(temporary);
    for (let i = 0; i < 50_000; i++) collisions.add(`Key ${i}`);
    if (process.platform !== 'win32') expect(await readdir(temporary)).toEqual([]);
    collisions.close();
    expect(await readdir(temporary)).toEqual([]);
  });

  it('say what to do where there is no place for the file', async () => {
    const missing = join(await temporaryDirectory(), 'missing');
    const looked = quickPlan({ source: await sourceListing([]), temporary: missing });
    await expect(looked).rejects.toMatchObject({
      code: 'Unavailable',
      message: expect.stringContaining('TMPDIR'),
    });
    expect(existsSync(missing)).toBe(false);
  });

  it('are notices of a plan, and can be left out', async () => {
    const source = await sourceListing([
      { key: 'A', size: 1 },
      { key: 'a', size: 1 },
    ]);
    const found = await quickPlan({ source });
    expect(problemsOf(found)).toEqual({ 'same-but-case': 1 });
    expect(found).toMatchObject({ outcome: 'ready', checked: { collisions: true } });
    const without = await quickPlan({ source, collisions: false });
    expect(problemsOf(without)).toEqual({});
    expect(without.checked.collisions).toBe(false);
  });
});
