import { expect, test } from 'vitest';
import {
  explain,
  linearize,
  type Operation,
  type OperationRecord,
  RandomChoices,
  type Result,
} from '../../src/simulator/index.js';

const OPEN = Number.POSITIVE_INFINITY;

function record(
  operation: Operation,
  [began, ended]: readonly [number, number],
  result?: Result,
): OperationRecord {
  return { process: 'P', operation, began, ended, result, error: undefined };
}

const key = 'k';
const read = (value: string | undefined, time: [number, number]) =>
  record({ kind: 'read', key }, time, value);
const exists = (found: boolean, time: [number, number]) =>
  record({ kind: 'exists', key }, time, found);
const write = (value: string, time: [number, number]) =>
  record({ kind: 'write', key, value }, time);
const remove = (time: [number, number]) => record({ kind: 'delete', key }, time);
const create = (value: string, did: boolean, time: [number, number]) =>
  record({ kind: 'create', key, value }, time, did);
const update = (from: string, value: string, did: boolean, time: [number, number]) =>
  record({ kind: 'update', key, from, value }, time, did);
const removeIf = (from: string, did: boolean, time: [number, number]) =>
  record({ kind: 'remove', key, from }, time, did);

test.each<[string, string | undefined, OperationRecord[]]>([
  ['no operation', 'a', []],
  ['a read of what there was', 'a', [read('a', [1, 2])]],
  ['a read of what was written before', 'a', [write('b', [1, 2]), read('b', [3, 4])]],
  [
    'old, then new, while a write is under way',
    'a',
    [write('b', [1, 9]), read('a', [2, 3]), read('b', [4, 5])],
  ],
  [
    'a write without an answer that took effect',
    'a',
    [write('b', [1, OPEN]), read('a', [2, 3]), read('b', [8, 9])],
  ],
  ['a write without an answer that did not', 'a', [write('b', [1, OPEN]), read('a', [8, 9])]],
  [
    'a create after a delete without an answer',
    'a',
    [remove([1, OPEN]), create('b', true, [2, 3])],
  ],
  [
    'a look at what is there, and is not',
    'a',
    [exists(true, [1, 2]), remove([3, 4]), exists(false, [5, 6])],
  ],
  ['a create that found a file', 'a', [create('b', false, [1, 2]), read('a', [3, 4])]],
  ['an update of what was there', 'a', [update('a', 'b', true, [1, 2]), read('b', [3, 4])]],
  [
    'an update of what was no longer there',
    'a',
    [write('c', [1, 2]), update('a', 'b', false, [3, 4]), read('c', [5, 6])],
  ],
  ['a conditional delete', 'a', [removeIf('a', true, [1, 2]), read(undefined, [3, 4])]],
  ['a reader that got no answer', 'a', [read('z', [1, OPEN])]],
  ['what never began', 'a', [write('b', [OPEN, OPEN]), read('a', [1, 2])]],
])('explained: %s', (_, initial, records) => {
  expect(linearize(initial, records)).toBe(true);
});

test.each<[string, string | undefined, OperationRecord[]]>([
  ['a read of nothing', 'a', [read(undefined, [1, 2])]],
  ['a lost write', 'a', [write('b', [1, 2]), read('a', [3, 4])]],
  [
    'new, then old, while a write is under way',
    'a',
    [write('b', [1, 9]), read('b', [2, 3]), read('a', [4, 5])],
  ],
  [
    'a deleted file that comes back',
    'a',
    [remove([1, 2]), read(undefined, [3, 4]), read('a', [5, 6])],
  ],
  ['a write that took effect before it began', 'a', [read('b', [1, 2]), write('b', [3, 4])]],
  ['a look that finds nothing where a file is', 'a', [exists(false, [1, 2])]],
  ['a look that finds a deleted file', 'a', [remove([1, 2]), exists(true, [3, 4])]],
  ['two creates', undefined, [create('a', true, [1, 4]), create('b', true, [2, 3])]],
  [
    'two updates of one version',
    'a',
    [update('a', 'b', true, [1, 4]), update('a', 'c', true, [2, 3])],
  ],
  ['an update that fails without a reason', 'a', [update('a', 'b', false, [1, 2])]],
  ['a conditional delete of another version', 'a', [removeIf('b', true, [1, 2])]],
  ['a create that was refused where nothing was', undefined, [create('a', false, [1, 2])]],
  [
    'an open write that takes effect twice',
    'a',
    [
      write('b', [1, OPEN]),
      read('b', [2, 3]),
      write('c', [4, 5]),
      read('c', [6, 7]),
      read('b', [8, 9]),
    ],
  ],
])('not explained: %s', (_, initial, records) => {
  expect(linearize(initial, records)).toBe(false);
});

test('a violation is told as the records in their order', () => {
  const text = explain('k', 'a', [
    read('a', [3, 4]),
    { ...update('a', 'c', false, [5, OPEN]), error: new Error('no answer in time') },
    write('b', [1, 2]),
    remove([6, OPEN]),
    write('never', [OPEN, OPEN]),
  ]);
  expect(text.split('\n').slice(1)).toEqual([
    '  at first: "a"',
    '  1–2 P: write → "b": done',
    '  3–4 P: read: "a"',
    '  5–… P: update "a" → "c": no answer in time',
    '  6–… P: delete: no answer',
  ]);
});

test('thirty operations at once are put in order, more are refused', () => {
  const many = Array.from({ length: 30 }, (_, i) => write(`v${i}`, [i + 1, 100 - i]));
  expect(linearize('a', many)).toBe(true);
  expect(() => linearize('a', [...many, write('z', [1, 2])])).toThrow(RangeError);
});

/** Tries every subset of the open operations, and every order. */
function byForce(initial: string | undefined, records: readonly OperationRecord[]): boolean {
  const go = (current: string | undefined, left: readonly OperationRecord[]): boolean => {
    if (left.every(({ ended }) => ended === OPEN)) return true;
    return left.some((next) => {
      if (left.some((other) => other.ended < next.began)) return false;
      const rest = left.filter((other) => other !== next);
      const { operation, result } = next;
      const open = next.ended === OPEN;
      switch (operation.kind) {
        case 'read':
          return (open || result === current) && go(current, rest);
        case 'exists':
          return (open || result === (current !== undefined)) && go(current, rest);
        case 'write':
          return go(operation.value, rest);
        case 'delete':
          return go(undefined, rest);
        case 'create': {
          const holds = current === undefined;
          return (open || result === holds) && go(holds ? operation.value : current, rest);
        }
        case 'update': {
          const holds = current === operation.from;
          return (open || result === holds) && go(holds ? operation.value : current, rest);
        }
        default: {
          const holds = current === operation.from;
          return (open || result === holds) && go(holds ? undefined : current, rest);
        }
      }
    });
  };
  return go(initial, records);
}

test('it agrees with trying every order, on thousands of small histories', () => {
  const choices = new RandomChoices(11);
  const below = (limit: number) => choices.pick(limit, 'next step');
  const value = () => ['a', 'b'][below(2)] ?? 'a';
  const seen = { true: 0, false: 0 };
  for (let run = 0; run < 5000; run++) {
    const records = Array.from({ length: 1 + below(5) }, () => {
      const began = 1 + below(12);
      const time: [number, number] = [began, below(5) === 0 ? OPEN : began + 1 + below(6)];
      const makers = [
        () => read(below(3) === 0 ? undefined : value(), time),
        () => exists(below(2) === 0, time),
        () => write(value(), time),
        () => remove(time),
        () => create(value(), below(2) === 0, time),
        () => update(value(), value(), below(2) === 0, time),
        () => removeIf(value(), below(2) === 0, time),
      ];
      return (makers[below(makers.length)] ?? (() => remove(time)))();
    });
    const initial = below(2) === 0 ? undefined : value();
    const found = linearize(initial, records);
    expect(found, explain('k', initial, records)).toBe(byForce(initial, records));
    seen[`${found}`] += 1;
  }
  expect(seen.true).toBeGreaterThan(500);
  expect(seen.false).toBeGreaterThan(500);
});
