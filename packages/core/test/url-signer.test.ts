import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DownloadUrlOptions,
  isStorageError,
  keyProblem,
  type PostTicketOptions,
  type PutTicketOptions,
  type UploadTicketOptions,
  type UrlGrant,
  UrlSigner,
  type UrlSigningKey,
} from '../src/index.js';

const newKey = (id: string): UrlSigningKey => ({ id, secret: randomBytes(32).toString('base64') });
const baseUrl = 'https://example.com/files';
const keys = [newKey('one')];
const signer = new UrlSigner({ baseUrl, keys });

const denied = (reason: RegExp) =>
  expect.objectContaining({ code: 'AccessDenied', message: expect.stringMatching(reason) });
const refused = denied(/was not signed here, or was changed since/);

const METHOD = { put: 'PUT', post: 'POST' } as const;

/** As a handler gets it: the path and the query. */
const target = (url: string) => url.slice('https://example.com'.length);

function verified(key: string, options: UploadTicketOptions): UrlGrant {
  const ticket = signer.createUploadTicket(key, options);
  const method = METHOD[ticket.type];
  const url = target(ticket.url);
  return signer.verify(
    ticket.type === 'post' ? { method, url, token: ticket.fields['token'] } : { method, url },
  );
}

const text = fc.string({ unit: 'binary' }).filter((value) => !/\p{Cc}|\p{Surrogate}/u.test(value));
const anyKey = fc
  .array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'))
  .filter((key) => keyProblem(key) === undefined);
const hex = (digits: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits });
const checksum = hex(64).map((digits) => ({ sha256: digits.join('') }));
const expiresIn = fc.integer({ min: 60, max: 604_800 });
const record = (names: fc.Arbitrary<string>) => fc.dictionary(names, text, { maxKeys: 5 });
const content = {
  expiresIn,
  contentType: text,
  cacheControl: text,
  contentDisposition: text,
  metadata: record(fc.stringMatching(/^[a-r0-9][a-z0-9._-]{0,9}$/)),
  tags: record(text.filter((name) => name !== '')),
  checksums: checksum,
};
const optional = { requiredKeys: [] as [] };
const putOptions: fc.Arbitrary<PutTicketOptions> = fc.record(
  { ...content, contentLength: fc.nat(), condition: fc.constant({ type: 'absent' } as const) },
  optional,
);
const postOptions: fc.Arbitrary<PostTicketOptions> = fc
  .tuple(fc.record(content, optional), fc.nat(), fc.nat())
  .map(([described, a, b]) => ({
    ...described,
    type: 'post',
    size: { min: Math.min(a, b), max: Math.max(a, b) },
  }));
const downloadOptions: fc.Arbitrary<DownloadUrlOptions> = fc.record(
  {
    expiresIn,
    contentType: text,
    cacheControl: text,
    contentDisposition: text,
    versionId: text.filter((id) => id !== ''),
  },
  optional,
);

describe('a grant', () => {
  it('of any upload is what was signed', () => {
    fc.assert(
      fc.property(anyKey, fc.oneof(putOptions, postOptions), (key, options) => {
        const grant = verified(key, options);
        const { expiresIn: _, ...bound } = options;
        expect(grant).toMatchObject({ type: 'put', ...bound, key });
        expect(grant.expiresAt).toBeInstanceOf(Date);
      }),
    );
  });

  it('of any download is what was signed', () => {
    fc.assert(
      fc.property(anyKey, downloadOptions, (key, options) => {
        const { url, expiresAt } = signer.createDownloadUrl(key, options);
        const { expiresIn: _, ...bound } = options;
        for (const method of ['GET', 'HEAD'])
          expect(signer.verify({ method, url: target(url) })).toEqual({
            type: 'download',
            ...bound,
            key,
            expiresAt,
          });
      }),
    );
  });

  it('has the defaults of the options', () => {
    expect(verified('a/b.png', {})).toEqual({
      type: 'put',
      key: 'a/b.png',
      contentType: 'image/png',
      expiresAt: expect.any(Date),
    });
    expect(verified('a', { type: 'post', size: { max: 5 } })).toMatchObject({
      contentType: 'application/octet-stream',
      size: { min: 0, max: 5 },
    });
  });

  it('is found in a whole URL, and in its path', () => {
    const { url } = signer.createDownloadUrl('a b/ü.txt');
    expect(url).toMatch(/^https:\/\/example\.com\/files\/a%20b\/%C3%BC\.txt\?token=[\w.-]+$/);
    expect(signer.verify({ method: 'GET', url })).toMatchObject({ key: 'a b/ü.txt' });
    expect(signer.verify({ method: 'GET', url: target(url) })).toMatchObject({ key: 'a b/ü.txt' });
  });

  it('does not depend on the case of the hexadecimal digits, which a proxy may change', () => {
    const { url } = signer.createDownloadUrl('ü');
    const lower = url.replace('%C3%BC', '%c3%bc');
    expect(signer.verify({ method: 'GET', url: lower })).toMatchObject({ key: 'ü' });
  });
});

describe('what was changed is refused', () => {
  const url = target(
    signer.createUploadTicket('dir/Übersicht 1.txt', { contentLength: 5, tags: { a: 'b' } }).url,
  );
  const begin = url.indexOf('?');

  it('by any one character', () => {
    fc.assert(
      fc.property(
        fc.nat(url.length - 1),
        fc.constantFrom(...'aAbZ019-_.~%/?&=+# é'),
        (index, letter) => {
          const changed = url.slice(0, index) + letter + url.slice(index + 1);
          const sameKey =
            index < begin && changed.toLowerCase() === url.toLowerCase() && /[a-f]/i.test(letter);
          fc.pre(changed !== url && !sameKey);
          expect(() => signer.verify({ method: 'PUT', url: changed })).toThrow(refused);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('by each character of the token, to each other one', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    for (let index = url.length - 50; index < url.length; index++) {
      for (const letter of alphabet) {
        if (url[index] === letter) continue;
        const changed = url.slice(0, index) + letter + url.slice(index + 1);
        expect(() => signer.verify({ method: 'PUT', url: changed }), changed).toThrow(refused);
      }
    }
  });

  it('by a character more or less', () => {
    fc.assert(
      fc.property(fc.nat(url.length - 1), fc.constantFrom(...'a0=&/.%'), (index, letter) => {
        for (const changed of [
          url.slice(0, index) + url.slice(index + 1),
          url.slice(0, index) + letter + url.slice(index),
        ]) {
          expect(() => signer.verify({ method: 'PUT', url: changed })).toThrow(refused);
        }
      }),
      { numRuns: 500 },
    );
    for (const changed of [`${url}=`, `${url}&a=b`, `${url}#a`, `${url}&token=x`, `x${url}`, ''])
      expect(() => signer.verify({ method: 'PUT', url: changed })).toThrow(refused);
  });

  it('by the token of another file, other terms or another key', () => {
    const tokenOf = (signed: { readonly url: string }) => signed.url.replace(/.*=/, '');
    const path = url.slice(0, begin);
    const other = new UrlSigner({ baseUrl, keys: [newKey('one')] });
    for (const token of [
      tokenOf(signer.createUploadTicket('other')),
      tokenOf(other.createUploadTicket('dir/Übersicht 1.txt')),
    ])
      expect(() => signer.verify({ method: 'PUT', url: `${path}?token=${token}` })).toThrow(
        refused,
      );
    const [id, , signature] = tokenOf({ url }).split('.');
    const [, terms] = tokenOf(
      signer.createUploadTicket('dir/Übersicht 1.txt', { contentLength: 6 }),
    ).split('.');
    const mixed = `${path}?token=${id}.${terms}.${signature}`;
    expect(() => signer.verify({ method: 'PUT', url: mixed })).toThrow(refused);
  });

  it('in a form', () => {
    const ticket = signer.createUploadTicket('a', { type: 'post', size: { max: 1 } });
    if (ticket.type !== 'post') throw new Error(ticket.type);
    const token = ticket.fields['token'] ?? '';
    const request = { method: 'POST', url: '/files/a', token };
    expect(signer.verify(request)).toMatchObject({ type: 'post' });
    for (const changed of [
      { ...request, token: undefined },
      { ...request, token: '' },
      { ...request, token: token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
      { ...request, url: '/files/b' },
      { ...request, url: `/files/a?token=${token}` },
      { method: 'POST', url: `/files/a?token=${token}` },
      { method: 'PUT', url, token },
    ])
      expect(() => signer.verify(changed)).toThrow(refused);
    const put = url.replace(/.*=/, '');
    expect(() => signer.verify({ method: 'POST', url: url.slice(0, begin), token: put })).toThrow(
      refused,
    );
  });
});

describe('a URL', () => {
  it('is good for its method alone', () => {
    const { url } = signer.createDownloadUrl('a');
    for (const method of ['PUT', 'POST', 'DELETE', 'OPTIONS', 'get'])
      expect(() => signer.verify({ method, url })).toThrow(denied(/not good for the method/));
    const put = signer.createUploadTicket('a');
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE'])
      expect(() => signer.verify({ method, url: put.url })).toThrow(denied(/not good for/));
  });

  it('expires to the millisecond', () => {
    const before = Date.now();
    const { url, expiresAt } = signer.createDownloadUrl('a', { expiresIn: 60 });
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(before + 60_000);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
    const at = (milliseconds: number) =>
      signer.verify({ method: 'GET', url, now: new Date(expiresAt.getTime() + milliseconds) });
    expect(at(-1)).toMatchObject({ expiresAt });
    for (const late of [0, 1, Number.NaN]) expect(() => at(late)).toThrow(denied(/has expired/));
  });

  it('differs wherever two grants do, and not by the order of names', () => {
    const token = (options: UploadTicketOptions) => verifiedTerms(options);
    const metadata = { a: '1', b: '2' };
    const turned = { b: '2', a: '1' };
    expect(token({ metadata })).toBe(token({ metadata: turned }));
    const all = [
      token({}),
      token({ metadata }),
      token({ tags: metadata }),
      token({ metadata: { a: '1","b":"2' } }),
      token({ contentType: 'a' }),
      token({ cacheControl: 'a' }),
      token({ contentLength: 1 }),
      token({ condition: { type: 'absent' } }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('of more than 8,000 characters is refused', () => {
    const metadata = { a: 'x'.repeat(6000) };
    const tooLarge = expect.objectContaining({ code: 'TooLarge' });
    expect(() => signer.createUploadTicket('a', { metadata })).toThrow(tooLarge);
    const form: PostTicketOptions = { type: 'post', size: { max: 1 }, metadata };
    expect(verified('a', form)).toMatchObject({ metadata });
  });
});

/** The terms as they are signed, without the moment. */
function verifiedTerms(options: UploadTicketOptions): string {
  const { url } = signer.createUploadTicket('a', options);
  const [, terms = ''] = url.replace(/.*=/, '').split('.');
  return Buffer.from(terms, 'base64url')
    .toString()
    .replace(/"expiresAt":"[^"]*"/, '');
}

describe('the keys', () => {
  it('are changed without breaking what was signed before', () => {
    const [old, next] = [newKey('2025'), newKey('2026')];
    const before = new UrlSigner({ baseUrl, keys: [old] }).createDownloadUrl('a').url;
    const both = new UrlSigner({ baseUrl, keys: [next, old] });
    const after = both.createDownloadUrl('a').url;
    const request = (url: string) => ({ method: 'GET', url });
    expect(both.verify(request(before))).toMatchObject({ key: 'a' });
    expect(both.verify(request(after))).toMatchObject({ key: 'a' });
    const only = new UrlSigner({ baseUrl, keys: [next] });
    expect(only.verify(request(after))).toMatchObject({ key: 'a' });
    expect(() => only.verify(request(before))).toThrow(refused);
  });

  it('are told by nothing: no message, no inspection, no ticket', () => {
    const [key] = keys;
    const secret = key?.secret ?? '';
    const ticket = signer.createUploadTicket('a');
    const told = [inspect(signer, { depth: 9, showHidden: true }), JSON.stringify(ticket)];
    const [valid = ''] = ticket.url.split('.').slice(-1);
    for (const url of [ticket.url.replace(/.$/, ''), ticket.url.replace('one', 'two')]) {
      try {
        signer.verify({ method: 'PUT', url });
      } catch (error) {
        if (!isStorageError(error)) throw error;
        told.push(inspect(error, { depth: 9 }));
        expect(inspect(error)).not.toContain(valid);
      }
    }
    expect(told).toHaveLength(4);
    for (const each of told) expect(each).not.toContain(secret);
  });

  it.each<[string, unknown]>([
    ['no list', undefined],
    ['none', []],
    ['a short secret', [{ id: 'a', secret: 'x'.repeat(31) }]],
    ['no secret', [{ id: 'a' }]],
    ['an id with a dot', [{ ...newKey('a'), id: 'a.b' }]],
    ['an empty id', [newKey('')]],
    ['one id twice', [newKey('a'), newKey('a')]],
  ])('are checked: %s', (_, given) => {
    const options = { baseUrl, keys: given as UrlSigningKey[] };
    const invalid = expect.objectContaining({ code: 'InvalidArgument' });
    expect(() => new UrlSigner(options)).toThrow(invalid);
  });
});

it.each(['', '/files', 'ftp://example.com', 'https://a@b/', 'https://a/?b', 'https://a/#b'])(
  'the base URL %j is refused',
  (wrong) => {
    const invalid = expect.objectContaining({ code: 'InvalidArgument' });
    expect(() => new UrlSigner({ baseUrl: wrong, keys })).toThrow(invalid);
  },
);

it.each(['https://example.com', 'https://example.com/', 'http://127.0.0.1:8080/a/b/'])(
  'keys are appended to the base URL %j',
  (base) => {
    const other = new UrlSigner({ baseUrl: base, keys });
    const { url } = other.createDownloadUrl('c');
    expect(url.startsWith(`${base.replace(/\/$/, '')}/c?token=`)).toBe(true);
    expect(other.verify({ method: 'GET', url: url.replace(/^https?:\/\/[^/]*/, '') }).key).toBe(
      'c',
    );
  },
);

it('arguments are checked', () => {
  const code = (value: string) => expect.objectContaining({ code: value });
  expect(() => signer.createDownloadUrl('../a')).toThrow(code('InvalidKey'));
  expect(() => signer.createDownloadUrl('a', { expiresIn: 604_801 })).toThrow(
    code('InvalidArgument'),
  );
  const multipart = { type: 'multipart', contentLength: 1 } as const;
  expect(() => signer.createUploadTicket('a', multipart)).toThrow(code('Unsupported'));
});
