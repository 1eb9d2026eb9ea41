import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { expect, it, onTestFinished } from 'vitest';
import { ended, setting, writeFiles } from './fixtures.js';

/** The lines of a stream, one at a time. */
function linesOf(stream: NodeJS.ReadableStream | null) {
  if (stream === null) throw new Error('there is no such stream');
  return createInterface({ input: stream })[Symbol.asyncIterator]();
}

it('copies in rounds, answers how it is, and ends when it is told to', async () => {
  const { storage, directory, place } = await setting({ a: '1' });
  const args = ['--every', '100ms', '--sample', '100%', '--health-port', '0', '--json'];
  const child = storage.start('sync', ...place, ...args);
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const rounds = linesOf(child.stdout);
  const next = async () => JSON.parse(String((await rounds.next()).value));
  expect(await next()).toMatchObject({ type: 'round', outcome: 'complete', unresolved: 0 });
  expect(await next()).toMatchObject({ type: 'round', outcome: 'verified' });
  await writeFiles(directory, { b: '2' });
  let files = 0;
  while (files < 2) files = (await next()).files.copied.files;
  const told = linesOf(child.stderr);
  let url: string | undefined;
  while (url === undefined) url = /^health: (.*)$/.exec(String((await told.next()).value))?.[1];
  const health = await fetch(url);
  expect([health.status, await health.json()]).toEqual([
    200,
    expect.objectContaining({ healthy: true, outcome: 'complete', failures: 0 }),
  ]);
  child.kill('SIGTERM');
  expect(await exit).toEqual([130, null]);
});

it('waits for the application to be handed over, and tells who is in the way', async () => {
  const { storage, home, place } = await setting({ a: '1' });
  const file = `${home}/fleet.sqlite`;
  const registry = sqliteFleetRegistry(file);
  const member = { id: 'app', role: 'application', host: 'h', pid: 7, started: 'now' } as const;
  const early = { ...member, beat: 1, drain: 900_000, stages: ['prepare'] as const };
  const version = await registry.join(early);
  const child = storage.start('sync', ...place, '--every', '100ms', '--fleet', `sqlite:${file}`);
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const lines = linesOf(child.stdout);
  expect(String((await lines.next()).value)).toMatch(/failed: .*app.* is in the stage "prepare"/);
  await registry.remove('app', version ?? '');
  await registry.close();
  let line = '';
  while (!line.includes('complete')) line = String((await lines.next()).value);
  expect(line).toMatch(/complete: 1 file in the bucket, 0 unresolved/);
  child.kill('SIGINT');
  expect(await exit).toEqual([130, null]);
});

it('refuses options that make no sense', async () => {
  const { storage, place } = await setting({});
  for (const wrong of [
    ['--sample', '0'],
    ['--sample', '101%'],
    ['--health-port', '70000'],
    ['--every', 'soon'],
    ['--every', '0'],
  ]) {
    const { code, stderr } = await ended(storage.start('sync', ...place, ...wrong));
    expect([wrong, code, stderr]).toEqual([wrong, 2, expect.stringMatching(/\S/)]);
  }
});
