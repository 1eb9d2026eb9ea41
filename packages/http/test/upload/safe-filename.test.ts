import fc from 'fast-check';
import { expect, it } from 'vitest';
import { extensionOf, safeFilename } from '../../src/index.js';

it.each([
  ['Ship of Jürgen (1).png', 'Ship of Jürgen (1).png'],
  ['日本 👨‍👩‍👧.jpg', '日本 👨‍👩‍👧.jpg'],
  ['../../x', 'x'],
  ['C:\\fakepath\\a.txt', 'a.txt'],
  ['/etc/passwd', 'passwd'],
  ['..', 'file'],
  ['a/', 'file'],
  ['', 'file'],
  ['a\0b', 'ab'],
  ['a\r\nset-cookie: b', 'aset-cookie_ b'],
  ['\u202egpj.exe', 'gpj.exe'],
  ['photo\u2066gpj\u2069.exe', 'photogpj.exe'],
  ['in\u200bvisible\ufeff.txt', 'invisible.txt'],
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['LPT¹.log', '_LPT¹.log'],
  ['COM1 .txt', '_COM1 .txt'],
  ['console.txt', 'console.txt'],
  ['.htaccess', 'htaccess'],
  ['a.txt. . .', 'a.txt'],
  ['  a  b.txt', 'a b.txt'],
  ['a<b>:"|?*.txt', 'a_b______.txt'],
  ['A\u0308.txt', 'Ä.txt'],
  ['\ud800.txt', 'txt'],
])('%j becomes %j', (name, safe) => {
  expect(safeFilename(name)).toBe(safe);
});

it('a name that is too long keeps its extension, and its letters whole', () => {
  const name = safeFilename(`${'👨‍👩‍👧'.repeat(100)}.jpeg`);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
  expect(name).toMatch(/^(👨‍👩‍👧)+\.jpeg$/u);
});

it('any name becomes one that is safe, and stays it', () => {
  const pieces = fc.constantFrom(
    '.',
    ' ',
    '/',
    '\\',
    'con',
    'nul',
    '\0',
    '\u202e',
    '\u0308',
    'e',
    ':',
  );
  const names = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 260 }),
    fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(names, (name) => {
      const safe = safeFilename(name);
      expect(safeFilename(safe)).toBe(safe);
      expect(safe).toBe(safe.normalize('NFC'));
      expect(safe).not.toBe('');
      expect(safe).not.toMatch(/[/\\<>:"|?*\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]/u);
      expect(safe).not.toMatch(/^[. ]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(201);
    }),
    { numRuns: 300 },
  );
});

it.each([
  ['a.TXT', 'txt'],
  ['a.tar.gz', 'gz'],
  ['a', ''],
  ['.txt', ''],
  ['a.', ''],
  ['a.what is this', ''],
  [`a.${'x'.repeat(30)}`, ''],
])('the extension of %j is %j', (name, extension) => {
  expect(extensionOf(name)).toBe(extension);
});
