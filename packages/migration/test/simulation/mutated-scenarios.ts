/** What a bundle with mutations is asked for: its own simulator, and scenarios on its own code. */
export { explore } from '@org/storage-testkit/simulator';
export { families } from './scenarios/index.js';
