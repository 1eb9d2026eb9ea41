import { describe, expect, it } from 'vitest';
import { contentTypeOf, parseETag } from '../src/index.js';

describe('contentTypeOf', () => {
  it.each([
    ['a.txt', 'text/plain'],
    ['folder.html/a.PNG', 'image/png'],
    ['archive.tar.gz', 'application/gzip'],
    ['.html', 'text/html'],
    ['日本.json', 'application/json'],
    ['html', 'application/octet-stream'],
    ['folder.html/name', 'application/octet-stream'],
    ['a.', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
    ['a.unheard-of', 'application/octet-stream'],
  ])('of %s is %s', (name, contentType) => {
    expect(contentTypeOf(name)).toBe(contentType);
  });
});

describe('parseETag', () => {
  it.each([
    ['"abc"', 'abc'],
    ['W/"abc"', 'abc'],
    ['abc', 'abc'],
    ['"a"b"', 'a"b'],
    ['"d41d8-2"', 'd41d8-2'],
  ])('of %s is %s', (header, etag) => {
    expect(parseETag(header)).toBe(etag);
  });
});
