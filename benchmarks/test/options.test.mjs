import { expect, test } from 'vitest';
import { pages } from '../src/cases/index.mjs';
import { fileOf, optionsOf, serverFor } from '../src/options.mjs';

const pagesOf = (args) => [...new Set(optionsOf(args).chosen.map(({ page }) => page))];

test('all pages run but those that have to be named', () => {
  expect(pagesOf([])).toEqual(Object.keys(pages).filter((page) => page !== 'scan'));
  expect(pagesOf(['--page', 'scan'])).toEqual(['scan']);
});

test('cases are chosen by what their names contain', () => {
  expect(optionsOf(['--only', 'at 80 ms, throttled']).chosen).toEqual([
    { page: 'concurrency', name: 'concurrency at 80 ms, throttled' },
  ]);
});

test('no name is that of two cases', () => {
  const names = Object.values(pages).flatMap(({ cases }) => Object.keys(cases));
  expect(new Set(names).size).toBe(names.length);
});

test.each([
  [['--page', 'none'], 'there is no page "none"'],
  [['--only', 'nothing'], 'no case has "nothing" in its name'],
  [['--rounds', '0'], '--rounds is a whole number above 0'],
  [['--rounds', 'two'], '--rounds is a whole number above 0'],
  [['--write', '--check'], 'not both'],
  [['--written'], '--written goes with --check'],
  [['--quick', '--write'], 'it is not written'],
  [['--page', 'providers', '--server', 'sink'], 'the page providers runs on process, ceph'],
  [['--page', 'migration', '--server', 'minio'], 'not on "minio"'],
])('%j is refused', (args, message) => {
  expect(() => optionsOf(args)).toThrow(message);
});

test('a page on another server than its own is a file of its own', () => {
  expect(fileOf('migration', serverFor('migration'))).toBe('migration');
  expect(fileOf('migration', serverFor('migration', 'sink'))).toBe('migration-sink');
  expect(fileOf('scan', serverFor('scan', 'sink'))).toBe('scan');
});
