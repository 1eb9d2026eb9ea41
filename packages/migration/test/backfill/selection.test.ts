import { parseKey } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Selection, selects } from '../../src/backfill/selection.js';

const file = (key: string, size = 10, modified = '2026-01-15T12:00:00Z') => ({
  key: parseKey(key),
  size,
  modified: new Date(modified),
});

const selected = (selection: Selection, ...keys: string[]) =>
  keys.filter((key) => selects(selection)?.(file(key)) ?? true);

describe('a selection', () => {
  it('of nothing in particular is all', () => {
    expect(selects()).toBeUndefined();
    expect(selects({ include: [], exclude: [] })).toBeUndefined();
  });

  it('goes by globs over the whole key', () => {
    const keys = ['a.jpg', 'x/a.jpg', 'x/y/a.jpg', 'x/a.JPG', 'x/.hidden', 'x', 'z/a.png'];
    expect(selected({ include: ['*.jpg'] }, ...keys)).toEqual(['a.jpg']);
    expect(selected({ include: ['**/*.jpg'] }, ...keys)).toEqual(['a.jpg', 'x/a.jpg', 'x/y/a.jpg']);
    expect(selected({ include: ['x/*'] }, ...keys)).toEqual(['x/a.jpg', 'x/a.JPG', 'x/.hidden']);
    expect(selected({ include: ['x/*/*', 'z/**'] }, ...keys)).toEqual(['x/y/a.jpg', 'z/a.png']);
    expect(selected({ include: ['**/*.{png,JPG}'] }, ...keys)).toEqual(['x/a.JPG', 'z/a.png']);
    expect(selected({ include: ['?'] }, ...keys)).toEqual(['x']);
    expect(selected({ include: ['[a-c].jpg'] }, ...keys)).toEqual(['a.jpg']);
  });

  it('leaves out what is excluded, whatever includes it', () => {
    const keys = ['a/1', 'a/tmp/2', 'b/3'];
    expect(selected({ exclude: ['**/tmp/**'] }, ...keys)).toEqual(['a/1', 'b/3']);
    expect(selected({ include: ['a/**'], exclude: ['**/tmp/**'] }, ...keys)).toEqual(['a/1']);
  });

  it('takes names as they are where a backslash says so', () => {
    const keys = ['[draft] a', 'd a', '*', 'x', '!a', 'a (1).jpg', 'Übersicht 日本 (1).pdf'];
    expect(selected({ include: ['\\[draft\\] *'] }, ...keys)).toEqual(['[draft] a']);
    expect(selected({ include: ['\\*'] }, ...keys)).toEqual(['*']);
    expect(selected({ include: ['!a', 'a \\(1\\).jpg'] }, ...keys)).toEqual(['!a', 'a (1).jpg']);
    expect(selected({ include: ['Übersicht*'] }, ...keys)).toEqual(['Übersicht 日本 (1).pdf']);
  });

  it('finds every key by itself, with its special characters escaped', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
    const key = fc
      .array(segment, { minLength: 1, maxLength: 3 })
      .map((segments) => segments.join('/'))
      .filter((text) => !/[\0\ud800-\udfff]/.test(text) && isKey(text));
    fc.assert(
      fc.property(key, (text) => {
        const escaped = text.replace(/[\\*?[\]{}()!+@|^$.,"'<>~`#%&=:;-]/g, '\\$&');
        expect(selected({ include: [escaped] }, text)).toEqual([text]);
      }),
    );
  });

  it('goes by size, both bounds included', () => {
    const take = (selection: Selection) =>
      [0, 1, 5, 9].filter((size) => selects(selection)?.(file('a', size)) ?? true);
    expect(take({ minSize: 1 })).toEqual([1, 5, 9]);
    expect(take({ maxSize: 5 })).toEqual([0, 1, 5]);
    expect(take({ maxSize: 0 })).toEqual([0]);
    expect(take({ minSize: 1, maxSize: 5 })).toEqual([1, 5]);
  });

  it('goes by age', () => {
    const days = ['2026-01-01T00:00:00Z', '2026-01-10T00:00:00Z', '2026-01-20T00:00:00Z'];
    const take = (selection: Selection) =>
      days.filter((day) => selects(selection)?.(file('a', 1, day)) ?? true);
    const tenth = new Date('2026-01-10T00:00:00Z');
    expect(take({ modifiedSince: tenth })).toEqual(days.slice(1));
    expect(take({ modifiedBefore: tenth })).toEqual(days.slice(0, 1));
  });

  it.each<[string, Selection]>([
    ['an empty glob', { include: [''] }],
    ['a glob from the root', { exclude: ['/a'] }],
    ['a glob of a folder', { include: ['a/'] }],
    ['a negative size', { minSize: -1 }],
    ['sizes the wrong way round', { minSize: 2, maxSize: 1 }],
    ['no time', { modifiedSince: new Date('x') }],
    ['times the wrong way round', { modifiedSince: new Date(2), modifiedBefore: new Date(1) }],
  ])('is refused with %s', (_, selection) => {
    expect(() => selects(selection)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});

function isKey(text: string): boolean {
  try {
    parseKey(text);
    return true;
  } catch {
    return false;
  }
}
