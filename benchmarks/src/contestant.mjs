// One contestant of one case: does the work when it is told to, and reports what it cost this process.
import { cases } from './cases/index.mjs';

let contestant;

process.on('message', async ({ prepare, run }) => {
  try {
    if (prepare !== undefined) {
      const { name, contestant: which, setting } = prepare;
      contestant = await cases[name].contestants[which](setting);
      process.send({ ready: true });
    }
    if (run) process.send(await measure(contestant.work));
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
});

process.on('disconnect', async () => {
  await contestant?.close?.();
});

/** Milliseconds of CPU (all threads, user and system) and of wall clock, and the peak of memory so far in bytes. */
async function measure(work) {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1000, wall, memory: process.resourceUsage().maxRSS * 1024 };
}
