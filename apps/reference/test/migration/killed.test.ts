import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, expect, it } from 'vitest';
import { Lab, toHybrid, until } from './lab.js';
import type { Orders } from './mortal.js';

let lab: Lab;
afterEach(() => lab.close());

const FILES = Object.fromEntries(
  Array.from({ length: 40 }, (_, file) => [`files/${file}.bin`, Buffer.alloc(30_000, file)]),
);

/** The process as a program of plain JavaScript, beside the packages that it imports. */
async function program(): Promise<string> {
  const outfile = fileURLToPath(new URL('../../node_modules/.cache/mortal.mjs', import.meta.url));
  const entry = fileURLToPath(new URL('mortal.ts', import.meta.url));
  const how = { bundle: true, platform: 'node', format: 'esm', packages: 'external' } as const;
  await build({ ...how, entryPoints: [entry], outfile, logLevel: 'error' });
  return outfile;
}

it('a process that is killed while it copies leaves a migration that another one goes on with', async () => {
  lab = await Lab.open(FILES);
  const survivor = await lab.start({ concurrency: 4 });
  await toHybrid(survivor);
  const { endpoint, region, credentials } = lab.server;
  const orders: Orders = {
    ...{ root: lab.root, journal: lab.journal, registry: lab.registryFile },
    ...{ endpoint, region, ...credentials },
  };
  const child = fork(await program(), [JSON.stringify(orders)], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  await once(child, 'message'); // it has copied something
  child.kill('SIGKILL');
  await exit;

  const done = await until(
    survivor.service,
    ({ work, progress }) => work === null && progress.unresolved === 0,
  );
  expect(done.progress.done.files).toBe(40);
  expect(done.runs.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ['migrate', 'complete'],
    ['migrate', 'killed'],
  ]);
  await using target = lab.target();
  for (const [key, content] of Object.entries(FILES))
    expect((await target.stat(key)).size).toBe(content.length);
});
