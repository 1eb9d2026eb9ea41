import type { Check } from '../check.js';

/** What was found when it was read, before anything else could be looked at. */
export const configuration: Check = {
  id: 'configuration',
  title: 'The configuration',
  hindrance: 'the configuration is wrong',
  applies: (patient) => patient.configuration !== undefined,
  run: async (patient) => patient.configuration ?? [],
};
