import { HOSTILE_KEYS } from '@org/storage-testkit';
import { describe, expect, it } from 'vitest';
import { pathProblem } from '../src/paths.js';
import { localStorage, rejection } from './fixtures.js';

describe('keys that a file system can’t hold', () => {
  it.each([
    ['.storage'],
    ['.storage/meta/abc/file.json'],
    ['.STORAGE/staging/x'],
    ['.Storage/x'],
    ['.\u017ftorage/x'], // the long s, which letter folding makes an s
    ['．storage/x'],
  ])('%j is reserved on every platform', (key) => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      expect(pathProblem(key, platform)).toContain('reserved');
    }
  });

  it.each([['a/.storage'], ['.storage2/x'], ['storage/x'], ['.storag/e']])(
    '%j is not reserved',
    (key) => {
      expect(pathProblem(key, 'linux')).toBeUndefined();
    },
  );

  it('a segment has 255 bytes of UTF-8 at most', () => {
    expect(pathProblem(`a/${'é'.repeat(127)}x/b`, 'linux')).toBeUndefined();
    expect(pathProblem(`a/${'é'.repeat(128)}/b`, 'linux')).toContain('256 bytes');
  });

  it('POSIX systems hold every other key', () => {
    for (const key of HOSTILE_KEYS) expect(pathProblem(key, 'linux'), key).toBeUndefined();
  });

  it.each([
    ['a\\b', 'no "\\\\"'],
    ['C:/x', 'no ":"'],
    ['a/b*', 'no "*"'],
    ['what?', 'no "?"'],
    ['say "x"', 'no "\\""'],
    ['<tag', 'no "<"'],
    ['tag>', 'no ">"'],
    ['a|b', 'no "|"'],
    ['tab\there', 'no "\\t"'],
    ['dot./x', 'ends with a dot'],
    ['x/space ', 'ends with a dot or a space'],
    ['con', 'device'],
    ['a/NUL.txt', 'device'],
    ['com1', 'device'],
    ['lpt³.log', 'device'],
    ['CONOUT$', 'device'],
    ['storag~1/meta', 'reserved'],
  ])('Windows holds no %j', (key, reason) => {
    expect(pathProblem(key, 'win32')).toContain(reason);
    expect(pathProblem(key, 'linux')).toBeUndefined();
  });

  it.each([['console'], ['nul_'], ['com10'], ['a/.b'], ['lpt'], ['Übersicht 日本 (1).pdf']])(
    'Windows holds %j',
    (key) => {
      expect(pathProblem(key, 'win32')).toBeUndefined();
    },
  );

  it('can’t be written, and are the keys of no file', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', 'x');
    for (const key of ['.storage/meta/x', `a/${'x'.repeat(256)}`]) {
      await rejection(provider.upload(key, 'x'), 'InvalidKey');
      await rejection(provider.copy('file', key), 'InvalidKey');
      await rejection(provider.stat(key), 'NotFound');
      await rejection(provider.download(key), 'NotFound');
      await rejection(provider.copy(key, 'other'), 'NotFound');
      await provider.delete(key);
    }
  });
});
