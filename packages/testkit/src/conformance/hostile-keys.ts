/**
 * Keys that break what was not written with care: they are all valid, all different, and none is a folder of another. In
 * no particular order.
 */
export const HOSTILE_KEYS: readonly string[] = [
  'plain.txt',
  // Unicode: two forms of one letter, scripts, joined emoji, right-to-left with marks, line separators
  'caf\u00e9.txt',
  'cafe\u0301.txt',
  'Übersicht 日本 (1).pdf',
  '👩‍👩‍👧‍👦/🏳️‍🌈.png',
  'שלום/עולם.txt',
  'x\u202egpj.exe',
  'line\u2028separator\u2029.txt',
  'zero\u200bwidth\ufeff.txt',
  '\u0131İıi.txt',
  // Byte order differs from UTF-16 order between U+E000..U+FFFF and the astral planes
  'order/\ud7ff',
  'order/\ue000',
  'order/\uffff',
  'order/\ufffd',
  'order/\u{10000}',
  'order/\u{10ffff}',
  'order/z',
  // Escapes, and what becomes of them when decoded once too often
  'percent%2Fslash',
  'percent%252Fslash',
  'percent%.txt',
  '%2e%2e/%00',
  'plus+sign & ampersand=equals?question#hash',
  'plus sign',
  // Separators, quotes, shells, markup
  'back\\slash',
  'back/sl\\ash/..\\up',
  `quotes"'\`.txt`,
  '<tag attr="1">&amp;</tag>]]>',
  '$(touch x);|*?[a-z]{1,2}~!',
  'colon:semi;comma,at@',
  // Control characters that are allowed
  'tab\there',
  'new\nline\r\n',
  'bell\u0007del\u007f\u0001',
  // Dots, spaces and names that mean something to a file system or a program
  '..foo',
  'foo..',
  '...',
  '.hidden/.config',
  ' leading and trailing ',
  'trailing.',
  'con',
  'aux.txt',
  '-rf',
  '~/home',
  '__proto__/constructor',
  'C:/windows',
  // Beside the folder "a/": the slash sorts after "-" and "." and before "0"
  'a/b',
  'a/b!',
  'a/b-',
  'a!',
  'a-',
  'a-b/c',
  'a.txt',
  'a0',
  'a1/b',
  'A/B',
  'deep/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z',
  // Lengths: 1,024 bytes in segments that a file system holds, of one byte and of four bytes a character
  ...['k', '😀'].map((letter) => longKey(letter)),
];

/** A key of 1,024 bytes: four segments of 200 bytes, their slashes, and one of 220. */
function longKey(letter: string): string {
  const width = Buffer.byteLength(letter);
  return `${letter.repeat(200 / width)}/`.repeat(4) + letter.repeat(220 / width);
}

/** No keys, each for a reason of its own. */
export const INVALID_KEYS: Readonly<Record<string, string>> = {
  empty: '',
  'a slash': '/',
  'a leading slash': '/a',
  'a trailing slash': 'a/',
  'an empty segment': 'a//b',
  'a dot': '.',
  'two dots': '..',
  'a dot segment': 'a/./b',
  'a way up': 'a/../b',
  'a way out': '../a',
  'a trailing way up': 'a/..',
  'a NUL': 'a\0b',
  'a lone high surrogate': 'a\ud83d',
  'a lone low surrogate': '\udc00a',
  'surrogates in the wrong order': '\udc00\ud83d',
  '1,025 bytes': `${'k/'.repeat(512)}k`,
  '1,025 bytes in 513 characters': `${'é'.repeat(512)}a`,
};
