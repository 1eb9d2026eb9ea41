import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from './cases/index.mjs';
import { resultOf } from './measure/result.mjs';
import { startNetwork } from './servers/server.mjs';

/** How often each contestant runs a case, unless it is told otherwise. */
const ROUNDS = 7;

const PROGRAM = fileURLToPath(new URL('contestant.mjs', import.meta.url));

/**
 * Runs a case with all its contestants, each in a process of its own that stays for all rounds. They take turns (A B C A B C
 * …), so that what disturbs the machine for a while disturbs all. The first round warms up and is not counted.
 * @param given `rounds`, if they were; `connection`, `programs`, `signal`.
 */
export async function runCase(name, { rounds: wanted, connection, programs, signal }) {
  const { contestants, network, warmUp = true } = cases[name];
  const rounds = wanted ?? cases[name].rounds ?? ROUNDS;
  const entering = Object.entries(contestants).map(([contestant, { needs, operations }]) => ({
    contestant,
    operations,
    why: needs === undefined ? undefined : programs[needs].absent,
  }));
  const absent = entering.filter(({ why }) => why !== undefined);
  const directory = mkdtempSync(join(tmpdir(), 'storage-bench-'));
  const running = [];
  let slow;
  try {
    if (network !== undefined) slow = await startNetwork(connection, network);
    const setting = { connection: slow?.connection ?? connection, directory, programs };
    for (const one of entering.filter(({ why }) => why === undefined)) {
      running.push(await start(name, one, setting, signal));
    }
    for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
      for (const contestant of running) {
        const { first, ...sample } = await contestant.run();
        if (first !== undefined) contestant.first ??= first;
        if (round > 0) contestant.samples.push(sample);
      }
    }
  } finally {
    for (const contestant of running) await contestant.stop();
    await slow?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return resultOf(
    name,
    cases[name],
    rounds,
    running,
    absent.map(({ contestant, why }) => ({ contestant, why })),
  );
}

async function start(name, { contestant, operations }, setting, signal) {
  signal.throwIfAborted();
  const child = fork(PROGRAM, process.argv.slice(2), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--no-warnings'], // the SDK's, about versions of Node to come
  });
  const exit = once(child, 'exit').then(([code]) => code);
  const ask = async (message) => {
    signal.throwIfAborted();
    child.send(message);
    const heard = new AbortController();
    try {
      const answer = await Promise.race([
        once(child, 'message', { signal: AbortSignal.any([signal, heard.signal]) }).then(
          ([told]) => told,
        ),
        exit.then((code) => ({ error: `the process ended with ${code}` })),
      ]);
      if (answer.error !== undefined) throw new Error(`${name}, ${contestant}: ${answer.error}`);
      return answer;
    } finally {
      heard.abort();
    }
  };
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exit;
  };
  try {
    await ask({ prepare: { name, contestant, setting } });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    contestant,
    operations,
    samples: [],
    first: undefined,
    run: () => ask({ run: true }),
    stop,
  };
}
