import { expect, test } from 'vitest';
import {
  decodeChoices,
  ExhaustiveChoices,
  encodeChoices,
  RandomChoices,
} from '../../src/simulator/index.js';

test('all sequences come, each once, also where later decisions depend on earlier ones', () => {
  const choices = new ExhaustiveChoices();
  const seen: string[] = [];
  do {
    const first = choices.pick(3, 'first');
    const rest = Array.from({ length: first }, () => choices.pick(2, 'later'));
    seen.push([first, ...rest].join(''));
  } while (choices.next());
  expect(seen).toEqual(['0', '10', '11', '200', '201', '210', '211']);
});

test('some seeds let a kind of fault strike often, others never', () => {
  const strikes = Array.from({ length: 100 }, (_, seed) => {
    const choices = new RandomChoices(seed);
    const count = (what: string) =>
      Array.from({ length: 100 }, () => choices.pick(2, what)).filter((picked) => picked === 1)
        .length;
    return { lost: count('lost'), crash: count('crash') };
  });
  expect(strikes.some(({ lost, crash }) => lost === 0 && crash > 10)).toBe(true);
  expect(strikes.some(({ lost, crash }) => lost > 10 && crash === 0)).toBe(true);
  expect(strikes.some(({ lost, crash }) => lost > 10 && crash > 10)).toBe(true);
  expect(strikes.some(({ lost, crash }) => lost === 0 && crash === 0)).toBe(true);
});

test('some seeds interrupt tasks at many steps, others at few', () => {
  const interruptions = Array.from({ length: 50 }, (_, seed) => {
    const choices = new RandomChoices(seed);
    return Array.from({ length: 200 }, () => choices.pick(3, 'go on')).filter((to) => to > 0);
  });
  expect(interruptions.some((list) => list.length < 40)).toBe(true);
  expect(interruptions.some((list) => list.length > 80)).toBe(true);
  expect(new Set(interruptions.flat())).toEqual(new Set([1, 2]));
});

test('every alternative is picked', () => {
  const choices = new RandomChoices(3);
  const picked = Array.from({ length: 200 }, () => choices.pick(5, 'next step'));
  expect(new Set(picked)).toEqual(new Set([0, 1, 2, 3, 4]));
});

test('choices survive being written as text', () => {
  const list = [0, 1, 35, 36, 0, 1295, 1296, 7];
  expect(decodeChoices(encodeChoices(list))).toEqual(list);
  expect(encodeChoices([0, 1, 35])).toBe('01z');
});
