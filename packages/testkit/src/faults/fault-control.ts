import { FaultSchedule } from '../fault-schedule.js';
import { type Fault, type FaultMatch, type FaultyOperation, STRIKES } from './fault.js';

/** One call of an operation. */
export interface FaultyCall {
  readonly operation: FaultyOperation;
  readonly key?: string | undefined;
}

/** The faults of a provider, which may be added and removed while it is used. */
export class FaultControl extends FaultSchedule<Fault, FaultyCall> {
  constructor() {
    super((fault, call) => canStrike(fault, call) && matches(fault, call));
  }
}

function canStrike({ type }: Fault, { operation }: FaultyCall): boolean {
  const possible = STRIKES[type];
  return possible === 'all' || possible.has(operation);
}

function matches({ operation, key }: FaultMatch, call: FaultyCall): boolean {
  if (operation !== undefined && ![operation].flat().includes(call.operation)) return false;
  if (key === undefined) return true;
  if (typeof key === 'string') return key === call.key;
  return call.key !== undefined && call.key.search(key) >= 0;
}
