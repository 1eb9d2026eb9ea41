// One contestant of one case: does the work when it is told to, and reports what it cost this process.
import { subscribe } from 'node:diagnostics_channel';
import { cases } from './cases/index.mjs';

let contestant;

/** Ends with who has started this process. */
const ending = new AbortController();

/** Of this process so far, by method: what its HTTP clients sent, attempts that were repeated included. */
const requests = {};

subscribe('http.client.request.start', ({ request: { method } }) => {
  requests[method] = (requests[method] ?? 0) + 1;
});

process.on('message', async ({ prepare, run }) => {
  let answer;
  try {
    if (prepare !== undefined) {
      const { name, contestant: which, setting } = prepare;
      const open = cases[name].contestants[which];
      contestant = await open({ ...setting, signal: ending.signal });
      answer = { ready: true };
    }
    if (run) {
      const first = await contestant.prepare?.();
      answer = { ...(await measure(contestant.work)), first };
      await contestant.check?.();
    }
  } catch (error) {
    answer = { error: error instanceof Error ? error.stack : String(error) };
  }
  if (process.connected) process.send(answer);
});

process.on('disconnect', async () => {
  ending.abort(new Error('nobody waits for it any more'));
  await contestant?.close?.();
});

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {}); // who has started it ends it

/**
 * Milliseconds of CPU (all threads, user and system) and of wall clock, the peak of memory so far in bytes, and HTTP requests by method; of work
 * that gives back what its processes have used, CPU and memory are those.
 */
async function measure(work) {
  const before = { ...requests };
  const cpu = process.cpuUsage();
  const began = performance.now();
  const used = await work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const own = { cpu: (user + system) / 1000, memory: process.resourceUsage().maxRSS * 1024 };
  return {
    ...(used?.cpu === undefined ? own : { cpu: used.cpu, memory: used.memory }),
    wall,
    requests: Object.fromEntries(
      Object.entries(requests).map(([method, count]) => [method, count - (before[method] ?? 0)]),
    ),
  };
}
