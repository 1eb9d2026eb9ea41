import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asciiDisposition,
  decodeMetadata,
  decodeText,
  encodeText,
  objectHeaders,
  recordSha256,
  storedChecksums,
} from '../src/metadata.js';
import { decodeName, encodeName, printableName } from '../src/url-encoding.js';

/** What the contract allows in metadata. */
const text = fc
  .string({ unit: 'binary' })
  .map((value) => value.replace(/[\p{Cc}\p{Surrogate}]/gu, ''));
const ascii = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((n) => String.fromCharCode(n)),
});

describe('a text in a header', () => {
  test('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          ascii,
          text.map((value) => `UTF-8''${value}`),
        ),
        (value) => {
          const encoded = encodeText(value);
          expect(encoded).toMatch(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
          expect(decodeText(encoded)).toBe(value);
          expect(decodeText(encodeText(encoded))).toBe(encoded);
        },
      ),
    );
  });

  test('is left as it is if it is plain', () => {
    fc.assert(
      fc.property(ascii, (value) => {
        fc.pre(value.trim() === value && value !== '' && !value.startsWith("UTF-8''"));
        expect(encodeText(value)).toBe(value);
      }),
    );
  });

  test('is decoded only if it is encoded as we do it', () => {
    const foreign = [
      "UTF-8''plain",
      "UTF-8''%c3%bc",
      "UTF-8''%FF",
      "UTF-8''%C3%BC ",
      "utf-8''%C3%BC",
    ];
    for (const value of [...foreign, '=?UTF-8?B?w7w=?=', '%C3%BC', 'a b']) {
      expect(decodeText(value)).toBe(value);
    }
    fc.assert(
      fc.property(
        fc.oneof(
          ascii,
          ascii.map((value) => `UTF-8''${value}`),
        ),
        (value) => {
          const decoded = decodeText(value);
          if (decoded !== value) expect(encodeText(decoded)).toBe(value);
        },
      ),
    );
  });

  test('is written as RFC 8187 has it', () => {
    expect(encodeText('Übersicht (1)')).toBe("UTF-8''%C3%9Cbersicht%20%281%29");
    expect(encodeText('')).toBe("UTF-8''");
    expect(encodeText(' a')).toBe("UTF-8''%20a");
  });
});

describe('a content disposition', () => {
  test('that is ASCII is sent as it is', () => {
    expect(asciiDisposition('attachment; filename="a b.txt"')).toBe(
      'attachment; filename="a b.txt"',
    );
  });

  test('with a file name beyond ASCII is one that browsers understand', () => {
    expect(asciiDisposition('attachment; filename="Übersicht 日本.pdf"')).toBe(
      'attachment; filename="_bersicht __.pdf"; filename*=UTF-8\'\'%C3%9Cbersicht%20%E6%97%A5%E6%9C%AC.pdf',
    );
    expect(asciiDisposition('inline; FILENAME = ü.txt; x=y')).toBe(
      'inline; filename="_.txt"; filename*=UTF-8\'\'%C3%BC.txt; x=y',
    );
    expect(asciiDisposition('inline; filename="say \\"ü\\""')).toBe(
      'inline; filename="say \\"_\\""; filename*=UTF-8\'\'say%20%22%C3%BC%22',
    );
  });

  test('comes back as it was, and can always be sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((name) => `attachment; filename="${name}"`),
        ),
        (contentDisposition) => {
          const headers = objectHeaders({
            contentType: 'a/b',
            contentDisposition: contentDisposition.slice(0, 100),
          });
          expect(headers.ContentDisposition).toMatch(/^[\x20-\x7e]*$/);
          const found = decodeMetadata(headers);
          expect(found.contentDisposition).toBe(contentDisposition.slice(0, 100));
          expect(found.metadata).toEqual({});
        },
      ),
    );
  });
});

test('metadata of any Unicode text come back as they were, and leave no trace of ours', () => {
  const name = fc
    .stringMatching(/^(storage-live-)?[a-z0-9][a-z0-9._-]{0,20}$/)
    .filter((n) => !/^storage-(?!live-)/.test(n));
  fc.assert(
    fc.property(
      fc.dictionary(
        name,
        fc.oneof(text, ascii).map((value) => value.slice(0, 40)),
        { maxKeys: 4 },
      ),
      (metadata) => {
        const whole = Object.fromEntries(
          Object.entries(metadata).map(([key, value]) => [
            key,
            value.replace(/\p{Surrogate}/gu, ''),
          ]),
        );
        const headers = recordSha256(
          objectHeaders({ contentType: 'a/b', contentDisposition: 'inline; ü', metadata: whole }),
          'ab'.repeat(32),
        );
        expect(Object.values(headers.Metadata).join('')).toMatch(/^[\x20-\x7e]*$/);
        const found = decodeMetadata(headers);
        expect(found.metadata).toEqual(whole);
        expect(found.contentDisposition).toBe('inline; ü');
      },
    ),
  );
});

test('a header that can’t be sent as it is is refused', () => {
  for (const options of [
    { contentType: 'text/ü' },
    { contentType: ' text/plain' },
    { contentType: '' },
    { contentType: 'a/b', cacheControl: 'ü' },
  ]) {
    expect(() => objectHeaders(options)).toThrow(/header/);
  }
});

test('a checksum of the parts’ checksums is not taken for one of the content', () => {
  const whole = { ChecksumCRC32: 'AAAAAQ==', ChecksumCRC64NVME: 'AAAAAAAAAAI=' };
  expect(storedChecksums({ ...whole, ChecksumType: 'FULL_OBJECT' })).toEqual({
    crc32: '00000001',
    crc64nvme: '0000000000000002',
  });
  expect(storedChecksums(whole)).toEqual({ crc32: '00000001', crc64nvme: '0000000000000002' });
  expect(storedChecksums({ ...whole, ChecksumType: 'COMPOSITE' })).toEqual({});
  expect(storedChecksums({ ChecksumCRC32: 'AAAAAQ==-3' })).toEqual({});
  const sha256 = 'ab'.repeat(32);
  const native = Buffer.from('cd'.repeat(32), 'hex').toString('base64');
  const Metadata = { 'storage-sha256': sha256 };
  expect(storedChecksums({ Metadata })).toEqual({ sha256 });
  expect(storedChecksums({ Metadata, ChecksumSHA256: native })).toEqual({
    sha256: 'cd'.repeat(32),
  });
  expect(storedChecksums({ Metadata: { 'storage-sha256': 'x' } })).toEqual({});
});

describe('a name in a URL', () => {
  const name = fc.string({ unit: 'binary' }).map((value) => value.replace(/\p{Surrogate}/gu, ''));

  test('comes back as it was', () => {
    fc.assert(
      fc.property(name, (value) => {
        expect(decodeName(encodeName(value))).toBe(value);
        expect(decodeName(encodeName(value).replaceAll('%20', '+'))).toBe(value);
        expect(printableName(encodeName(value))).toBe(value);
      }),
    );
  });

  test('has a space as + or as %20, and a + encoded', () => {
    expect(decodeName('a+b%20c%2Bd%252B')).toBe('a b c+d%2B');
    expect(encodeName('a b+c%/ü')).toBe('a%20b%2Bc%25/%C3%BC');
  });

  test('that is not UTF-8 is shown with its bytes', () => {
    expect(decodeName('a%FF')).toBeUndefined();
    expect(printableName('a+%2B%FF%C3%BC%E2%82')).toBe('a +\\xffü\\xe2\\x82');
  });
});
