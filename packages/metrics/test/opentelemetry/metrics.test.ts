import { MemoryStorageProvider, readAll } from '@org/storage-core';
import { expect, it } from 'vitest';
import { perform } from '../fixtures.js';
import { exported } from './exported.js';

/** With the last collection by name. */
function measured() {
  const { metrics, collect } = exported();
  const byName = async () =>
    new Map((await collect()).map((metric) => [metric.descriptor.name, metric]));
  return { metrics, collect: byName };
}

it('records operations with their attributes and units', async () => {
  const { collect } = measured();
  await perform('p', 2);
  await perform('p', 1, 'Throttled');
  const found = await collect();
  expect(found.get('storage.operations')?.dataPoints).toMatchObject([
    {
      attributes: {
        'storage.provider': 'p',
        'storage.operation': 'stat',
        'storage.outcome': 'success',
      },
      value: 2,
    },
    { attributes: { 'storage.outcome': 'failure', 'error.type': 'Throttled' }, value: 1 },
  ]);
  expect(found.get('storage.operation.duration')).toMatchObject({
    descriptor: { unit: 's' },
    dataPoints: [{ value: { count: 3 } }],
  });
});

it('counts bytes of bodies that are open when it collects', async () => {
  const { collect, metrics } = measured();
  await using memory = new MemoryStorageProvider();
  await memory.upload('a', 'content');
  const { body } = await memory.download('a');
  await readAll(body);
  const found = await collect();
  expect(found.get('storage.transferred')).toMatchObject({ descriptor: { unit: 'By' } });
  expect(found.get('storage.transferred')?.dataPoints).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        attributes: { 'storage.provider': 'memory', 'storage.direction': 'down' },
        value: 7,
      }),
    ]),
  );
  metrics.close();
  await perform('later', 1);
  expect(JSON.stringify([...(await collect()).values()])).not.toContain('later');
});
