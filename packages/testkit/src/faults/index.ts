export type { FaultHandle } from '../fault-schedule.js';
export type {
  Failure,
  Fault,
  FaultEffect,
  FaultMatch,
  FaultyOperation,
} from './fault.js';
export type { FaultControl } from './fault-control.js';
export { type FaultyProvider, withFaults } from './faulty-provider.js';
