import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = new URL('../../../docs/guarantees.md', import.meta.url);
const text = readFileSync(page, 'utf8');

/** Links to tests, each with the “titles” that stand behind it, up to the next link. */
const claims = [...text.matchAll(/\]\((\.\.\/packages\/[^)]+)\)([^[\]|\n]*)/g)].map(
  ([, path = '', behind = '']) => ({
    path,
    titles: [...behind.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
  }),
);

it('the guarantees name tests that there are', () => {
  expect(claims.length).toBeGreaterThan(50);
  const missing = claims.filter(({ path }) => !existsSync(new URL(path, page)));
  expect(missing.map(({ path }) => path)).toEqual([]);
});

it('the tests have the titles that the guarantees quote', () => {
  expect(claims.flatMap(({ titles }) => titles).length).toBeGreaterThan(40);
  const wrong = claims.flatMap(({ path, titles }) => {
    const tests = readFileSync(new URL(path, page), 'utf8');
    return titles.filter((title) => !tests.includes(title)).map((title) => `${path}: ${title}`);
  });
  expect(wrong).toEqual([]);
});

it('every guarantee has a test', () => {
  const rows = text
    .slice(0, text.indexOf('## What is not guaranteed'))
    .split('\n')
    .filter((line) => /^\| [A-Z]/.test(line));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !/\.test\.ts\)/.test(row))).toEqual([]);
});
