import { describe } from 'vitest';
import { testFiles } from './files-contract.js';
import { testOpening } from './opening-contract.js';
import { testOrder } from './order-contract.js';
import { testProgress } from './progress-contract.js';
import type { JournalStore } from './store.js';

/** What every journal does, whichever database it is in. */
export function testJournal(name: string, newStore: () => Promise<JournalStore>): void {
  describe(`the journal in ${name}`, () => {
    testFiles(newStore);
    testOrder(newStore);
    testProgress(newStore);
  });
  describe(`opening the journal in ${name}`, () => testOpening(newStore));
}
