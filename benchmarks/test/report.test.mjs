import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resultOf } from '../src/measure/result.mjs';
import { asMarkdown, write, written } from '../src/report.mjs';

const described = { about: 'What & why.', operations: 10, bytes: 1, baseline: 'b & <c>' };

const resultNamed = (name, more = {}) =>
  resultOf(name, { ...described, ...more }, 2, [
    { contestant: '1 at once', samples: [sample(20, 40), sample(30, 60)] },
    { contestant: 'b & <c>', samples: [sample(10, 20)] },
  ]);

const sample = (cpu, wall) => ({ cpu, wall, requests: {}, memory: 2 ** 20 });

test('a page, its results and a chart for each case are written, and read again', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const page = { title: 'A title', libraries: [], programs: true };
  const programs = { rclone: { version: '1.2.3' }, aws: { absent: 'it is not installed' } };
  const setting = (chart) => ({ server: 'a server', programs, chartOf: () => chart });
  const [first, second] = [resultNamed('case, one'), resultNamed('case two')];

  write('page', page, setting(undefined), [first, second], directory);
  const text = readFileSync(join(directory, 'page.md'), 'utf8');
  expect(text).toContain('![case, one](page.case-one.svg)');
  expect(text).toContain('| rclone | 1.2.3 |');
  expect(text).toContain('| server | a server |');
  expect(text).not.toContain('| aws |');
  expect(written('page', directory)).toEqual([first, second]);
  expect(written('another', directory)).toEqual([]);

  write('page', page, setting('lines'), [second], directory);
  const chart = readFileSync(join(directory, 'page.case-two.svg'), 'utf8');
  expect(isWellFormed(chart)).toBe(true);
  expect(chart).toContain('b &#38; &#60;c&#62;: 500 a second');
  expect(existsSync(join(directory, 'page.case-one.svg'))).toBe(false); // of a case that is gone
});

test('a chart of bars has two for each contestant, as long as its time', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const setting = { server: '', programs: {}, chartOf: () => undefined };
  write('p', { title: '', libraries: [] }, setting, [resultNamed('c')], directory);
  const chart = readFileSync(join(directory, 'p.c.svg'), 'utf8');
  expect(isWellFormed(chart)).toBe(true);
  const widths = [...chart.matchAll(/<rect x="250" y="\d+" width="([\d.]+)" height="13"/g)].map(
    ([, width]) => Number(width),
  );
  expect(widths).toHaveLength(4);
  const [wall, cpu, baseWall, baseCpu] = widths;
  expect(wall / baseWall).toBeCloseTo(2.5, 1);
  expect(cpu / baseCpu).toBeCloseTo(2.5, 1);
  expect(wall / cpu).toBeCloseTo(2, 1);
});

test('a table has the columns that somebody has a value for, and tells who is missing', () => {
  const plain = asMarkdown([resultNamed('case')]);
  expect(plain).toContain(
    '| 1 at once | 2.500 ms CPU | 2.50× | (2.000–3.000) | 5.000 ms | 2.50× |',
  );
  expect(plain).not.toContain('to the limit');
  const limited = resultNamed('case', { limit: 'b & <c>' });
  const absent = [{ contestant: 'aws s3 sync', why: 'it is not installed' }];
  const full = asMarkdown([{ ...limited, absent }]);
  expect(full).toContain('| 2.50×, 2.50× |');
  expect(full).toContain('Without aws s3 sync: it is not installed.');
});

/** Each element is closed where it should be, and no character stands alone that would have to be escaped. */
function isWellFormed(xml) {
  const open = [];
  for (const [, end, name, closed] of xml.matchAll(/<(\/?)(\w+)(?: [\w:-]+="[^"<]*")*(\/?)>/g)) {
    if (end !== '') {
      if (open.pop() !== name) return false;
    } else if (closed === '') open.push(name);
  }
  const texts = xml.replaceAll(/<\/?\w+(?: [\w:-]+="[^"<]*")*\/?>/g, '');
  return open.length === 0 && !/[<>]|&(?!#\d+;)/.test(texts);
}
