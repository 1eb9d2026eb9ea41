import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMetadata, checkText } from '../src/index.js';

const refused = expect.objectContaining({ code: 'InvalidArgument' });

describe('checkMetadata', () => {
  it('takes any text without control characters and lone surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const control = [...text].some((letter) => {
          const code = letter.codePointAt(0) ?? 0;
          return code < 0x20 || (code >= 0x7f && code < 0xa0);
        });
        if (control) expect(() => checkMetadata({ a: text })).toThrow(refused);
        else expect(() => checkMetadata({ a: text })).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['a', '0', 'a-b', 'a.b', 'a_b', 'x1', 'constructor', 'storage', 'storage-live-etag'])(
    'takes the name %s',
    (name) => {
      expect(() => checkMetadata({ [name]: '' })).not.toThrow();
    },
  );

  it.each(['', 'A', 'a b', 'ü', '-a', '.a', '_a', 'a:b', 'a\n', 'storage-sha256'])(
    'refuses the name %j',
    (name) => {
      expect(() => checkMetadata({ [name]: 'x' })).toThrow(refused);
    },
  );

  it('refuses __proto__, which would be lost when the metadata are copied', () => {
    expect(() => checkMetadata(JSON.parse('{"__proto__": "x"}'))).toThrow(refused);
  });
});

describe('checkText', () => {
  it.each(['\ud800', 'a\udc00', 'line\nbreak', '\0', '\u007f', '\u0085', '\t', 1, null, {}])(
    'refuses %j',
    (value) => {
      expect(() => checkText('the text', value)).toThrow(refused);
      expect(() => checkText('the text', value)).toThrow('the text');
    },
  );
});
