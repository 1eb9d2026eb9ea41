import type { GateReport } from '@org/storage-migration';
import type { GateState } from './state.js';

/** What the dashboard is told of a look at the gate. */
export function gateState({ open, conditions }: GateReport): GateState {
  return {
    ...{ at: new Date().toISOString(), open },
    conditions: conditions.map(({ id, holds, evidence, mend }) => {
      return { id, holds, evidence, mend: mend ?? null };
    }),
  };
}
