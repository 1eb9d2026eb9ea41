export {
  type Choices,
  decodeChoices,
  ExhaustiveChoices,
  encodeChoices,
  RandomChoices,
  ReplayedChoices,
} from './choices.js';
export type { Crashes } from './crash-plan.js';
export {
  type Check,
  type Exploration,
  type ExploreOptions,
  explore,
  type Replay,
  replay,
  type Scenario,
  type Violation,
} from './explore.js';
export type { FaultKind, Faults } from './fault-budget.js';
export { History, type Operation, type OperationRecord, type Result } from './history.js';
export { explain, linearize } from './linearizability.js';
export type { SimulatedProcess, StepOptions } from './process.js';
export { type Change, SimulatedStore, type SimulatedStoreOptions } from './simulated-store.js';
export { Simulation, type SimulationOptions } from './simulation.js';
export { SimulationError } from './simulation-error.js';
export type { StoredFile } from './stored-file.js';
