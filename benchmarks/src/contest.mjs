import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from './cases/index.mjs';

/** How often each contestant runs a case, unless it is told otherwise. */
const ROUNDS = 7;

const PROGRAM = fileURLToPath(new URL('contestant.mjs', import.meta.url));

/**
 * Runs a case with all its contestants, each in a process of its own that stays for all rounds. They take turns (A B C A B C
 * …), so that what disturbs the machine for a while disturbs all. The first round warms up and is not counted.
 */
export async function runCase(name, given, connection) {
  const { contestants, baseline, operations, bytes, about, countsRequests = false } = cases[name];
  const rounds = given ?? cases[name].rounds ?? ROUNDS;
  const directory = mkdtempSync(join(tmpdir(), 'storage-bench-'));
  const running = [];
  try {
    for (const contestant of Object.keys(contestants)) {
      running.push(await start(name, contestant, { connection, directory }));
    }
    for (let round = 0; round <= rounds; round++) {
      for (const contestant of running) {
        const measured = await contestant.run();
        if (round > 0) contestant.samples.push(measured);
      }
    }
  } finally {
    for (const contestant of running) await contestant.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  const results = running.map(({ contestant, samples }) => ({
    contestant,
    cpu: spread(samples.map(({ cpu }) => cpu)),
    wall: spread(samples.map(({ wall }) => wall)),
    ...(samples[0].memory === undefined
      ? {}
      : { peakMemory: Math.max(...samples.map(({ memory }) => memory)) }),
    ...(countsRequests ? { requests: perOperation(samples, operations) } : {}),
  }));
  const base = results.find(({ contestant }) => contestant === baseline);
  return {
    name,
    about,
    operations,
    bytes,
    baseline,
    rounds,
    results: results.map((result) => ({
      ...result,
      cpuRatio: result.cpu.median / base.cpu.median,
      wallRatio: result.wall.median / base.wall.median,
    })),
  };
}

async function start(name, contestant, setting) {
  const child = fork(PROGRAM, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--no-warnings'], // the SDK's, about versions of Node to come
  });
  let ended = false;
  const exit = once(child, 'exit').then(([code]) => {
    ended = true;
    return code;
  });
  const ask = async (message) => {
    child.send(message);
    const answer = await Promise.race([
      once(child, 'message').then(([told]) => told),
      exit.then((code) => ({ error: `the process ended with ${code}` })),
    ]);
    if (answer.error !== undefined) throw new Error(`${name}, ${contestant}: ${answer.error}`);
    return answer;
  };
  await ask({ prepare: { name, contestant, setting } });
  return {
    contestant,
    samples: [],
    run: () => ask({ run: true }),
    async stop() {
      if (!ended) child.disconnect();
      await exit;
    },
  };
}

/** Requests for one operation, by method. */
function perOperation(samples, operations) {
  const methods = new Set(samples.flatMap(({ requests }) => Object.keys(requests)));
  const sum = (method) =>
    samples.reduce((total, { requests }) => total + (requests[method] ?? 0), 0);
  return Object.fromEntries(
    [...methods]
      .map((method) => [method, sum(method) / samples.length / operations])
      .filter(([, count]) => count > 0),
  );
}

/** @param {number[]} values milliseconds */
function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: at(0.5), lowest: sorted[0], highest: sorted.at(-1) };
}
