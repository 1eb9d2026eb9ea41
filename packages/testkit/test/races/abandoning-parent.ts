import { raceInProcesses } from '../../src/races/index.js';

/** Starts a race that never ends. */
const [module = '', path = ''] = process.argv.slice(2);
const task = { act: 'delete', keys: ['file'], times: 1 } as const;
await raceInProcesses({ module, settings: path })([task, task]);
