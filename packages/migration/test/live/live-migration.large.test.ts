import { expect, it } from 'vitest';
import { liveMigrationInProcesses } from './in-process.js';
import { builtModules } from './modules.js';
import { chosenSeed } from './seed.js';

const modules = builtModules();

it(
  'application after application moves to a bucket while it works, for STORAGE_LIVE_MINUTES (10)',
  async () => {
    const seed = chosenSeed();
    const minutes = Number(process.env['STORAGE_LIVE_MINUTES'] || 10);
    const end = performance.now() + minutes * 60_000;
    let number = 0;
    while (performance.now() < end) {
      number++;
      const report = await liveMigrationInProcesses({
        modules: modules(),
        seed,
        number,
        rounds: 60,
      });
      console.log(JSON.stringify({ number, ...report }));
    }
    expect(number).toBeGreaterThan(0);
  },
  24 * 60 * 60_000,
);
