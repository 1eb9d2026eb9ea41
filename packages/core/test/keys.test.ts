import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys, isStorageError, keyProblem, MAX_KEY_BYTES, parseKey } from '../src/index.js';

/** Code points where UTF-8 and UTF-16 order apart, where bytes get longer, and what makes keys invalid. */
const EDGES = ['a', 'b', '/', '.', '..', '\0', '\u007f', '\u0080', '\u07ff', '\u0800', '\ud7ff']
  .concat(['\ue000', '\uffff', '\u{10000}', '\u{10ffff}', '\ud800', '\udfff'])
  .concat(['é', 'e\u0301', '-', ' ']);
const EDGY_TEXT = fc
  .array(fc.constantFrom(...EDGES), { maxLength: 12 })
  .map((parts) => parts.join(''));
const TEXT = fc.oneof(EDGY_TEXT, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const WELL_FORMED = TEXT.filter((text) => !/\p{Surrogate}/u.test(text));

/** The rules for keys, worked out in another way. */
function isKey(text: string): boolean {
  const bytes = Buffer.from(text, 'utf8');
  const segments = text.split('/');
  return (
    bytes.byteLength <= 1024 &&
    bytes.toString('utf8') === text &&
    !bytes.includes(0) &&
    segments.every((segment) => !['', '.', '..'].includes(segment))
  );
}

describe('compareKeys', () => {
  it('orders texts as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(WELL_FORMED, WELL_FORMED, (a, b) => {
        expect(compareKeys(a, b)).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('orders texts that begin alike as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(WELL_FORMED, WELL_FORMED, WELL_FORMED, (head, a, b) => {
        const [x, y] = [head + a, head + b];
        expect(compareKeys(x, y)).toBe(Buffer.compare(Buffer.from(x), Buffer.from(y)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('differs from the order of UTF-16 units where it has to', () => {
    expect('\uffff' < '\u{10000}').toBe(false);
    expect(compareKeys('\uffff', '\u{10000}')).toBe(-1);
    expect(compareKeys('\u{10000}', '\ue000')).toBe(1);
  });
});

describe('parseKey', () => {
  it('takes every key and nothing else', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        if (isKey(text)) expect(parseKey(text)).toBe(text);
        else expect(() => parseKey(text)).toThrow(expect.objectContaining({ code: 'InvalidKey' }));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['', 'it is empty'],
    ['/a', 'it starts with a slash'],
    ['a/', 'it ends with a slash'],
    ['a//b', 'it has an empty segment'],
    ['a/../b', 'it has the segment ".."'],
    ['./a', 'it has the segment "."'],
    ['a\0', 'it contains a NUL character'],
    ['\ud83d', 'it contains a lone surrogate'],
    ['é'.repeat(512).concat('a'), 'it has 1025 bytes of UTF-8; 1024 are allowed'],
  ])('says what is wrong with %j', (text, reason) => {
    expect(keyProblem(text)).toContain(reason);
    expect(() => parseKey(text)).toThrow(reason);
  });

  it.each([
    'Übersicht 日本 (1).pdf',
    '👩‍👧/🏳️‍🌈',
    '...',
    '..a',
    'a..',
    '.a/.b',
    ' ',
    'con',
    '%2F',
    '\n',
  ])('takes %j as it is', (text) => {
    expect(parseKey(text)).toBe(text);
    expect(keyProblem(text)).toBeUndefined();
  });

  it('counts bytes, not characters', () => {
    expect(parseKey('😀'.repeat(256))).toHaveLength(512);
    expect(keyProblem('😀'.repeat(257))).toContain('1028 bytes');
    expect(parseKey('k'.repeat(MAX_KEY_BYTES))).toHaveLength(1024);
  });

  it.each([undefined, null, 5, {}, Object.create(null), Symbol('key')])(
    'refuses a key that is no text',
    (value) => {
      expect(() => parseKey(value)).toThrow(/a key is a string, not/);
    },
  );

  it('tells the key with the error, and shortens it in the message only', () => {
    const long = `${'k'.repeat(2_000)}`;
    try {
      parseKey(long);
      expect.unreachable();
    } catch (error) {
      expect(isStorageError(error, 'InvalidKey')).toBe(true);
      expect(error).toMatchObject({ key: long, retryable: false });
      expect((error as Error).message.length).toBeLessThan(250);
    }
  });
});
