import { test } from 'vitest';
import { holdIdle } from './hold.js';

test('10,000 idle connections keep nobody from an answer, take little memory, and are ended', () =>
  holdIdle(10_000, 60_000));
