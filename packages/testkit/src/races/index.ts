export { joinRace } from './join-race.js';
export type { Change, Race, RaceOptions, RaceTask } from './race.js';
export { type RacerModule, raceInProcesses } from './race-in-processes.js';
