import { expect, test } from 'vitest';
import { print } from '../src/output.js';

test('what is printed again and again leaves nothing on the standard output', async () => {
  await print(['']);
  const listeners = () =>
    process.stdout.eventNames().map((name) => [name, process.stdout.listenerCount(name)]);
  const before = listeners();
  for (let i = 0; i < 3; i++) await print(['']);
  expect(listeners()).toEqual(before);
});
