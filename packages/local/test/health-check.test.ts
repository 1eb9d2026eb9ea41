import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HEALTH_PREFIX, HealthCheck, type ListOptions } from '@org/storage-core';
import { expect, it, onTestFinished } from 'vitest';
import type { LocalStorageProvider } from '../src/index.js';
import { filesIn, localStorage, rejection } from './fixtures.js';

const OLD = `${HEALTH_PREFIX}00000000-0000-4000-8000-000000000001`;

async function keysOf(provider: LocalStorageProvider, options: ListOptions = {}) {
  const keys: string[] = [];
  const onSkip = ({ path }: { readonly path: string }) => void keys.push(`skipped ${path}`);
  for await (const entry of provider.list({ onSkip, ...options }))
    keys.push(entry.type === 'file' ? entry.key : entry.prefix);
  return keys;
}

function checkOf(provider: LocalStorageProvider): HealthCheck {
  const check = new HealthCheck(provider, { every: 0, writeEvery: 0 });
  onTestFinished(() => check.close());
  return check;
}

it.each([undefined, 'trash'] as const)(
  'many checks of one directory leave nothing there, nor in the trash, deleted: %s',
  async (deleted) => {
    const { provider, root } = await localStorage(deleted === undefined ? {} : { deleted });
    await provider.upload('a', 'a');
    const before = await filesIn(root);
    const checks = Array.from({ length: 8 }, () => checkOf(provider));
    const reports = await Promise.all(checks.map((check) => check.check()));
    expect(reports.map(({ error }) => error)).toEqual(checks.map(() => undefined));
    await Promise.all(checks.map((check) => check.close()));
    expect(await filesIn(root)).toEqual(before);
  },
);

it('a directory that is there, but takes no file, is unhealthy', async () => {
  const { provider, root } = await localStorage();
  await provider.upload('a', 'a');
  const staging = join(root, '.storage', 'staging');
  await rm(staging, { recursive: true });
  await writeFile(staging, 'in the way');
  expect(await provider.checkHealth()).toMatchObject({ healthy: true });
  expect(await checkOf(provider).check()).toMatchObject({
    healthy: false,
    error: { operation: 'upload' },
  });
});

it('what a killed check has left is in no listing of files, and goes after an hour', async () => {
  const { provider, root } = await localStorage();
  await provider.upload('a', 'a');
  await provider.upload(OLD, 'left');
  expect(await keysOf(provider)).toEqual(['a']);
  expect(await keysOf(provider, { delimiter: '/' })).toEqual(['a']);
  expect(await keysOf(provider, { prefix: '.storage/' })).toEqual([]);
  expect(await keysOf(provider, { prefix: HEALTH_PREFIX })).toEqual([OLD]);
  const long = new Date(Date.now() - 2 * 60 * 60_000);
  await utimes(join(root, OLD), long, long);
  const check = checkOf(provider);
  await check.check();
  await check.close();
  expect(await keysOf(provider, { prefix: HEALTH_PREFIX })).toEqual([]);
});

it.each([
  `${HEALTH_PREFIX}notes`,
  `${OLD}/x`,
  `${OLD}x`,
  `${OLD.toUpperCase()}`,
  `.storage/meta/${OLD}`,
])('no other key begins so: %s', async (key) => {
  const { provider } = await localStorage();
  await rejection(provider.upload(key, 'x'), 'InvalidKey');
});
