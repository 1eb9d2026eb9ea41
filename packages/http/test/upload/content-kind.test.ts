import { expect, it } from 'vitest';
import { allowedTypes, contentKind } from '../../src/index.js';
import { GIF_PAGE, PNG } from './form.js';

const PDF = Buffer.from('%PDF-1.7\n');
const HTML = Buffer.from('<!doctype html><script>alert(1)</script>');
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>');
const XML = Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>');
const UTF16 = Buffer.from('\ufeffwords', 'utf16le');
const BINARY = Buffer.from([1, 2, 3, 0, 255, 254, 0, 9]);
const NOTHING = Buffer.alloc(0);
const ZIP = Buffer.from('504b03040a0000000000000000000000000000000000000000000500000061', 'hex');
const EXE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]);
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

it.each<[string, Buffer, string, string]>([
  ['a.png', PNG, 'image/png', 'png'],
  ['a.PNG', PNG, 'image/png', 'png'],
  ['a.jpg', PNG, 'image/png', 'png'],
  ['a.html', PNG, 'image/png', 'png'],
  ['a', PDF, 'application/pdf', 'pdf'],
  ['picture.jpg', EXE, 'application/x-msdownload', 'exe'],
  ['page.html', GIF_PAGE, 'image/gif', 'gif'],
  // Which text it is, the name tells; that it is text, the bytes.
  ['a.txt', HTML, 'text/plain', 'txt'],
  ['a.jpg', HTML, 'text/plain', 'txt'],
  ['a', HTML, 'text/plain', 'txt'],
  ['a.html', HTML, 'text/html', 'html'],
  ['a.html', BINARY, 'application/octet-stream', 'bin'],
  ['a.png', SVG, 'text/plain', 'txt'],
  ['a.svg', SVG, 'image/svg+xml', 'svg'],
  ['a.svg', XML, 'image/svg+xml', 'svg'],
  ['a.csv', Buffer.from('a;b\r\n'), 'text/csv', 'csv'],
  ['a.txt', UTF16, 'text/plain', 'txt'],
  ['a.json', Buffer.from('{}'), 'application/json', 'json'],
  ['a.txt', NOTHING, 'text/plain', 'txt'],
  ['a.png', NOTHING, 'application/octet-stream', 'bin'],
  ['model.stl2', BINARY, 'application/octet-stream', 'stl2'],
  ['a.png', BINARY, 'application/octet-stream', 'bin'],
  // What is in a container, the name tells.
  ['a.zip', ZIP, 'application/zip', 'zip'],
  ['a.docx', ZIP, DOCX, 'docx'],
  ['a.html', ZIP, 'application/zip', 'zip'],
])('%s with those bytes is %s', async (name, bytes, contentType, extension) => {
  expect(await contentKind(bytes, name)).toEqual({ contentType, extension });
});

it.each([
  ['image/png', true],
  ['image/PNG', true],
  ['image/svg+xml', false],
  ['text/csv', true],
  ['text/html', false],
  ['text/javascript', false],
  ['text/xml', false],
  ['application/pdf', true],
  ['application/pdf; version=1.7', true],
  ['application/zip', false],
  ['imageful/png', false],
  ['', false],
])('of images, text and PDF, %j is allowed: %j', (type, expected) => {
  expect(allowedTypes(['image/*', 'text/*', 'Application/PDF'])(type)).toBe(expected);
});

it('what a browser runs is taken where it is named', () => {
  expect(allowedTypes(['*/*'])('image/svg+xml')).toBe(false);
  expect(allowedTypes(['*/*'])('anything/else')).toBe(true);
  expect(allowedTypes(['image/svg+xml'])('image/svg+xml')).toBe(true);
});

it.each(['image', '*', 'image/', '*/png', 'a/b/c', '.png', 'image/p*'])(
  '%j is no pattern',
  (pattern) => {
    expect(() => allowedTypes([pattern])).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  },
);
