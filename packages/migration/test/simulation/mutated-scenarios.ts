import { fleetTraces } from './scenarios/fleet-traces.js';
import { families } from './scenarios/index.js';
import { traces } from './scenarios/traces.js';

/** What a bundle with mutations is asked for: its own simulator, and scenarios on its own code. */
export { explore } from '@org/storage-testkit/simulator';
export const mutated: typeof families = { ...families, traces: { ...traces, ...fleetTraces } };
