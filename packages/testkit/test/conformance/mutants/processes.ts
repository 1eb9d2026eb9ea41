import { raceInProcesses } from '../../../src/races/index.js';
import { bundledModule } from '../../bundled-module.js';
import { type Mutant, mutant } from './mutant.js';

const racer = bundledModule(new URL('../../races/forgetful-racer.ts', import.meta.url), 'testkit');

export const processMutants: readonly Mutant[] = [
  {
    breaks: 'knows nothing of what other processes do',
    make: mutant(() => ({
      race: (tasks, options) =>
        raceInProcesses({ module: racer.url, settings: {} })(tasks, options),
    })),
    caught: [
      'of several that create the same files at once, exactly one creates each',
      'of several that count up one file at once, none loses a step',
      'while others delete the versions of a file, no update that was told to be done is lost',
      'who reads a file that several overwrite sees it whole, with its own metadata',
    ],
  },
];
