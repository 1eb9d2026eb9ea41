// One contestant of one case: does the work when it is told to, and reports what it cost this process.
import { subscribe } from 'node:diagnostics_channel';
import { cases } from './cases/index.mjs';

let contestant;

/** Of this process so far, by method: what its HTTP clients sent, attempts that were repeated included. */
const requests = {};

subscribe('http.client.request.start', ({ request: { method } }) => {
  requests[method] = (requests[method] ?? 0) + 1;
});

process.on('message', async ({ prepare, run }) => {
  try {
    if (prepare !== undefined) {
      const { name, contestant: which, setting } = prepare;
      contestant = await cases[name].contestants[which](setting);
      process.send({ ready: true });
    }
    if (run) {
      await contestant.prepare?.();
      process.send(await measure(contestant.work));
    }
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
});

process.on('disconnect', async () => {
  await contestant?.close?.();
});

/**
 * Milliseconds of CPU (all threads, user and system, and what work that runs a `command` tells of it) and of wall clock, the peak of
 * memory so far in bytes, unless a command has it, and HTTP requests by method.
 */
async function measure(work) {
  const before = { ...requests };
  const cpu = process.cpuUsage();
  const began = performance.now();
  const used = await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return {
    cpu: (user + system) / 1000 + (used?.command ?? 0),
    wall,
    memory: used === undefined ? process.resourceUsage().maxRSS * 1024 : undefined,
    requests: Object.fromEntries(
      Object.entries(requests).map(([method, count]) => [method, count - (before[method] ?? 0)]),
    ),
  };
}
