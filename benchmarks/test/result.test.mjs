import { expect, test } from 'vitest';
import { ratio, resultOf, spread } from '../src/measure/result.mjs';

const sample = (cpu, wall, more = {}) => ({ cpu, wall, requests: {}, ...more });

const described = { about: '', operations: 10, bytes: 1, baseline: 'b', limit: 'l' };

test('the median of an odd count is the one in the middle, of an even count between the two', () => {
  expect(spread([9, 1, 5])).toEqual({ median: 5, lowest: 1, highest: 9 });
  expect(spread([9, 1, 5, 3])).toEqual({ median: 4, lowest: 1, highest: 9 });
  expect(spread([10, 9])).toEqual({ median: 9.5, lowest: 9, highest: 10 });
  expect(() => spread([])).toThrow(RangeError);
});

test('numbers are ordered as numbers', () => {
  expect(spread([100, 20, 3]).median).toBe(20);
});

test('ratios are to the baseline and to the limit', () => {
  const { results } = resultOf('case', described, 1, [
    { contestant: 'a', samples: [sample(30, 60)] },
    { contestant: 'b', samples: [sample(20, 30)] },
    { contestant: 'l', samples: [sample(10, 15)] },
  ]);
  expect(results[0]).toMatchObject({ cpuRatio: 1.5, wallRatio: 2, cpuToLimit: 3, wallToLimit: 4 });
  expect(results[1]).toMatchObject({ cpuRatio: 1, wallRatio: 1, cpuToLimit: 2, wallToLimit: 2 });
});

test('who has more operations of its own is compared by one operation', () => {
  const few = { operations: 10, wall: spread([100]) };
  const many = { operations: 1_000, wall: spread([1_000]) };
  expect(ratio(many, few, 'wall')).toBeCloseTo(0.1);
  const { results } = resultOf('case', { ...described, limit: undefined }, 1, [
    { contestant: 'a', operations: 1_000, samples: [sample(1_000, 1_000)] },
    { contestant: 'b', samples: [sample(100, 100)] },
  ]);
  expect(results[0]).toMatchObject({ operations: 1_000, wallRatio: 0.1 });
  expect(results[0]).not.toHaveProperty('wallToLimit');
});

test('where the baseline is not here, ratios are to the first', () => {
  const ran = ['a', 'c'].map((contestant) => ({ contestant, samples: [sample(3, 3)] }));
  const result = resultOf('case', described, 1, ran, [{ contestant: 'b', why: 'not installed' }]);
  expect(result).toMatchObject({ baseline: 'a', absent: [{ contestant: 'b' }] });
  expect(result.results[0]).toMatchObject({ cpuRatio: 1 });
});

test('the peak of memory is the highest of all rounds, and none where none was told', () => {
  const rounds = [sample(1, 1, { memory: 5 }), sample(1, 1, { memory: 9 }), sample(1, 1)];
  const { results } = resultOf('case', described, 3, [
    { contestant: 'b', samples: rounds },
    { contestant: 'c', samples: [sample(1, 1)] },
  ]);
  expect(results[0]).toHaveProperty('peakMemory', 9);
  expect(results[1]).not.toHaveProperty('peakMemory');
});

test('requests are told for one operation, of all rounds', () => {
  const rounds = [
    sample(1, 1, { requests: { GET: 10, PUT: 1 } }),
    sample(1, 1, { requests: { GET: 30 } }),
  ];
  const { results } = resultOf('case', { ...described, countsRequests: true }, 2, [
    { contestant: 'b', samples: rounds },
  ]);
  expect(results[0]?.requests).toEqual({ GET: 2, PUT: 0.05 });
});
