import { once } from 'node:events';
import { MemoryStorageProvider, readAll, StorageError } from '@org/storage-core';
import { circuitBreaker, defineLayer, layered, retry } from '@org/storage-layers';
import { LocalStorageProvider } from '@org/storage-local';
import { Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { measured, perform, scrape, temporaryDirectory } from '../fixtures.js';

it('counts and times the operations of every provider, by their outcome', async () => {
  const { scrape } = measured();
  await using memory = new MemoryStorageProvider();
  await using local = new LocalStorageProvider({ root: await temporaryDirectory() });
  for (const provider of [memory, local]) {
    await provider.upload('a', 'content');
    await expect(provider.stat('b')).rejects.toThrow();
    for await (const _ of provider.list());
  }
  const values = await scrape();
  for (const provider of ['memory', 'local'])
    expect(values).toMatchObject({
      [`storage_operations_total{provider="${provider}",operation="upload",outcome="success"}`]: 1,
      [`storage_operations_total{provider="${provider}",operation="stat",outcome="failure",code="NotFound"}`]: 1,
      [`storage_operations_total{provider="${provider}",operation="list",outcome="success"}`]: 1,
      [`storage_operation_duration_seconds_count{provider="${provider}",operation="upload"}`]: 1,
      [`storage_operations_in_flight{provider="${provider}",operation="upload"}`]: 0,
      [`storage_transferred_bytes_total{provider="${provider}",direction="up"}`]: 7,
    });
});

it('counts bytes of bodies while they are read, and bodies that are open', async () => {
  const { scrape } = measured();
  await using local = new LocalStorageProvider({ root: await temporaryDirectory() });
  await local.upload('a', Buffer.alloc(1_000_000));
  const first = await local.download('a');
  const second = await local.download('a');
  first.body.read(0);
  await once(first.body, 'readable');
  const open = 'storage_open_bodies{provider="local"}';
  const down = 'storage_transferred_bytes_total{provider="local",direction="down"}';
  const during = await scrape();
  expect(during[open]).toBe(2);
  expect(during[down]).toBeGreaterThan(0);
  expect(during[down]).toBeLessThan(1_000_000);
  await readAll(first.body);
  second.body.destroy();
  for (const { body } of [first, second]) if (!body.closed) await once(body, 'close');
  const after = await scrape();
  expect(after[open]).toBe(0);
  expect(after[down]).toBe(1_000_000);
  expect(after).toMatchObject({
    'storage_bodies_total{provider="local",state="read"}': 1,
    'storage_bodies_total{provider="local",state="left"}': 1,
  });
  expect((await scrape())[down]).toBe(after[down]);
});

it('counts codes apart, and once, however often it is scraped', async () => {
  const { scrape } = measured();
  const failed = 'storage_operations_total{provider="p",operation="stat",outcome="failure"';
  await perform('p', 2, 'Timeout');
  await perform('p', 3, 'NotFound');
  await scrape();
  await perform('p', 1, 'Timeout');
  await scrape();
  expect(await scrape()).toMatchObject({
    [`${failed},code="Timeout"}`]: 3,
    [`${failed},code="NotFound"}`]: 3,
  });
});

it('tells what the last health check found', async () => {
  const { scrape } = measured();
  const memory = new MemoryStorageProvider();
  await memory.checkHealth();
  expect(await scrape()).toMatchObject({ 'storage_healthy{provider="memory"}': 1 });
  await memory.close();
  await memory.checkHealth();
  expect(await scrape()).toMatchObject({ 'storage_healthy{provider="memory"}': 0 });
});

it('counts retries, and tells the state of a circuit', async () => {
  const { scrape } = measured();
  await using memory = new MemoryStorageProvider();
  const away = defineLayer((inner) => ({
    ...inner,
    stat: () => Promise.reject(new StorageError('Throttled', 'slow down')),
  }));
  const breaker = circuitBreaker({ opens: { type: 'consecutive', failures: 2 } });
  const provider = layered(memory, retry({ attempts: 2, initialDelay: 1 }), breaker, away);
  await expect(provider.stat('a')).rejects.toThrow();
  expect(await scrape()).toMatchObject({
    'storage_retries_total{provider="memory",operation="stat",code="Throttled"}': 1,
    'storage_circuit_open{provider="memory"}': 1,
  });
});

it('has as many series for a thousand keys as for one', async () => {
  const { scrape } = measured();
  await using memory = new MemoryStorageProvider();
  const use = async (key: string) => {
    await memory.upload(key, key);
    await readAll((await memory.download(key)).body);
    await memory.delete(key);
    await memory.stat(key).catch(() => {});
  };
  await use('first');
  const few = Object.keys(await scrape());
  for (let i = 0; i < 1000; i++) await use(`key-${i}`);
  const many = Object.keys(await scrape());
  expect(many).toEqual(few);
  expect(many.some((name) => name.includes('key-'))).toBe(false);
});

it('what is no StorageError has a code of the list, and labels stay those that are known', async () => {
  const { scrape } = measured();
  await perform('odd"name\n', 1, 'Timeout');
  const names = Object.keys(await scrape());
  expect(names).toContain(
    'storage_operations_total{provider="odd\\"name\\n",operation="stat",outcome="failure",code="Timeout"}',
  );
});

it('two instances count at once, and closing one leaves the other', async () => {
  const one = measured();
  const registry = new Registry();
  const other = measured({ registry, prefix: 'files' });
  await perform('p', 1);
  one.metrics.close();
  await perform('p', 1);
  expect(await one.scrape()).toEqual({});
  expect(
    (await other.scrape())[
      'files_operations_total{provider="p",operation="stat",outcome="success"}'
    ],
  ).toBe(2);
});

it('closing leaves nothing in the registry and nobody on the channels', async () => {
  const { metrics, registry } = measured();
  metrics.close();
  expect(await scrape(registry)).toEqual({});
  await using memory = new MemoryStorageProvider();
  await memory.upload('a', 'a');
  const { body } = await memory.download('a');
  expect(Object.hasOwn(body, 'push')).toBe(false);
  body.destroy();
});

it('refuses a registry that has such metrics, and leaves it as it was', async () => {
  const { registry, scrape } = measured();
  expect(() => measured({ registry })).toThrow(/already been registered/);
  await perform('p', 1);
  expect(await scrape()).toMatchObject({
    'storage_operations_total{provider="p",operation="stat",outcome="success"}': 1,
  });
  expect(() => measured({ prefix: 'a-b' })).toThrow(/prefix/);
  const own = new Registry();
  new Gauge({ name: 'storage_disk_size_bytes', help: 'of the application', registers: [own] });
  expect(() => measured({ registry: own })).toThrow(/already been registered/);
  expect(own.getMetricsAsArray().map(({ name }) => name)).toEqual(['storage_disk_size_bytes']);
});
