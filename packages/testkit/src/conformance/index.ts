export { type CaseGroup, conformanceCases } from './cases.js';
export {
  type ConformanceCase,
  type ConformanceContext,
  type ConformanceHarness,
  type Deviation,
  type OpenStore,
  runCase,
  type StoreLimits,
} from './harness.js';
export { HOSTILE_KEYS, INVALID_KEYS } from './hostile-keys.js';
export { referenceListing } from './reference-listing.js';
export { testProvider } from './test-provider.js';
