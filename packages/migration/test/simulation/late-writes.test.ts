import { explore } from '@org/storage-testkit/simulator';
import { describe, expect, it } from 'vitest';
import { del, write } from './clients.js';
import { lateWrite } from './late-writes.js';

describe.each([write('v2'), del()])(
  'a $does that a bucket carries out after the hand-over',
  (call) => {
    it('is one of before it, where the copying waits for the longest request', async () => {
      const found = await explore({
        scenario: lateWrite(call, true),
        schedules: { seeds: [1, 3_000] },
      });
      if (found.violation !== undefined) throw found.violation.error;
      expect(found.complete).toBe(true);
    });

    it('is seen and hidden again, where it does not', async () => {
      const found = await explore({
        scenario: lateWrite(call, false),
        schedules: { seeds: [1, 20_000] },
      });
      expect(found.violation).toBeDefined();
    });
  },
);
