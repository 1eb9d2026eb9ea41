import { test } from 'vitest';
import { holdIdle } from './hold.js';

test('500 idle connections keep nobody from an answer, take little memory, and are ended', () =>
  holdIdle(500, 6_000));
