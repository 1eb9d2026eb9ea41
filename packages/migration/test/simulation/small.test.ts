import { explore } from '@org/storage-testkit/simulator';
import { expect, test } from 'vitest';
import { pairs } from './scenarios.js';

test.each(Object.entries(pairs))('%s', async (name, scenario) => {
  const started = performance.now();
  const found = await explore({ scenario, schedules: { seeds: [1, 4000] } });
  console.log(
    name,
    found.schedules,
    found.complete,
    ((performance.now() - started) / found.schedules).toFixed(3),
  );
  if (found.violation) throw found.violation.error;
  expect(found.violation).toBeUndefined();
});
