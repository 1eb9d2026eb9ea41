import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pages } from '../src/cases/index.mjs';
import { budgetTable, compare } from '../src/measure/budget.mjs';

const row = (contestant, value, operations = 1, peakMemory = undefined) => {
  const values = { median: value, lowest: value, highest: value };
  return { contestant, operations, cpu: values, wall: values, peakMemory };
};

const goal = {
  page: 'p',
  case: 'small',
  contestant: 'ours',
  measure: 'wall',
  most: 0.5,
  to: 'theirs',
};

const results = {
  p: [
    {
      name: 'small',
      results: [row('ours', 10, 10, 300), row('fast', 6, 10), row('theirs', 20, 10, 200)],
    },
    { name: 'large', results: [row('ours', 5, 1, 100)] },
  ],
};

test('a goal is held up to and with its bound', () => {
  expect(compare([goal], results)).toMatchObject([{ measured: 0.5, held: true }]);
  expect(compare([{ ...goal, most: 0.49 }], results)).toMatchObject([{ held: false }]);
});

test('of several contestants the best counts, on both sides', () => {
  const ours = { ...goal, contestant: ['ours', 'fast'] };
  expect(compare([ours], results)).toMatchObject([{ measured: 0.3, held: true }]);
  const theirs = { ...goal, to: ['theirs', 'fast'] };
  expect(compare([theirs], results)[0]?.measured).toBeCloseTo(10 / 6);
});

test('memory is compared as a whole, and may be that of another case', () => {
  const memory = { ...goal, measure: 'memory', to: 'theirs' };
  expect(compare([memory], results)).toMatchObject([{ measured: 1.5, held: false }]);
  const flat = { ...memory, to: 'ours', toCase: 'large', most: 3 };
  expect(compare([flat], results)).toMatchObject([{ measured: 3, held: true }]);
});

test.each([
  ['the case was not run', { case: 'another' }],
  ['the case was not run', { page: 'q' }],
  ['no wall of nobody', { contestant: 'nobody' }],
  ['no memory of fast', { measure: 'memory', to: 'fast' }],
])('what was not measured is neither held nor broken: %s', (why, changed) => {
  const [compared] = compare([{ ...goal, ...changed }], results);
  expect(compared).toMatchObject({ measured: undefined, held: undefined, why });
});

test('the table tells what is broken, and what was not measured', () => {
  const goals = [goal, { ...goal, most: 0.1 }, { ...goal, case: 'another' }];
  const lines = budgetTable(compare(goals, results)).split('\n');
  expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(['held', 'yes', 'NO', '–']);
  expect(lines[2]).toContain('0.50×');
  expect(lines[3]).toContain('the case was not run');
});

test('each goal of the budget is about contestants that there are', () => {
  const { goals } = JSON.parse(readFileSync(new URL('../budget.json', import.meta.url), 'utf8'));
  expect(goals.length).toBeGreaterThan(0);
  for (const { page, measure, most, reason, source, ...one } of goals) {
    const contestantsOf = (name) => Object.keys(pages[page]?.cases[name]?.contestants ?? {});
    expect(contestantsOf(one.case)).toEqual(expect.arrayContaining([one.contestant].flat()));
    expect(contestantsOf(one.toCase ?? one.case)).toEqual(expect.arrayContaining([one.to].flat()));
    expect(['cpu', 'wall', 'memory']).toContain(measure);
    expect(most).toBeGreaterThan(0);
    expect(reason && source).toBeTruthy();
  }
});
