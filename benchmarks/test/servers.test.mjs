import { once } from 'node:events';
import { createServer } from 'node:http';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { afterEach, expect, test } from 'vitest';
import { FaultyProxy } from '../load/faulty-proxy.mjs';
import { BareClient } from '../src/tools/bare-client.mjs';

const closing = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('what the bare client sends is taken by a strict server, and comes back', async () => {
  const server = await startS3Server({ buckets: ['bench'] });
  closing.push(() => server.close());
  const { endpoint, region, credentials } = server;
  const client = new BareClient({ endpoint, region, credentials, bucket: 'bench' }, 2);
  closing.push(() => client.close());
  const content = async (key) => Buffer.concat(await (await client.get(key)).toArray()).toString();

  await client.put('folder/a b,c.bin', Buffer.from('signed'));
  expect(await content('folder/a b,c.bin')).toBe('signed');
  const chunks = [Buffer.from('in '), Buffer.from('chunks')];
  await client.putChunks('chunks', 9, chunks);
  expect(await content('chunks')).toBe('in chunks');
  await expect(client.get('none')).rejects.toThrow('was answered with 404');

  const stranger = { ...credentials, secretAccessKey: 'another' };
  const other = new BareClient({ endpoint, region, credentials: stranger, bucket: 'bench' }, 1);
  closing.push(() => other.close());
  await expect(other.put('a', Buffer.from('a'))).rejects.toThrow('SignatureDoesNotMatch');
});

test('a server that throttles refuses what is above its limit, and takes it again later', async () => {
  const held = [];
  const server = createServer((_, answer) => held.push(answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const proxy = await FaultyProxy.before(`http://127.0.0.1:${server.address().port}`);
  closing.push(() => proxy.close());
  const refusal = { type: 'error', code: 'SlowDown', status: 503, probability: 1 };
  proxy.setFaults([{ ...refusal, above: 1 }]);

  const first = fetch(proxy.endpoint);
  await expect.poll(() => held.length).toBe(1);
  const second = await fetch(proxy.endpoint);
  expect(second.status).toBe(503);
  expect(await second.text()).toContain('<Code>SlowDown</Code>');
  held[0].end('done');
  expect((await first).status).toBe(200);
  expect(await (await first).text()).toBe('done');

  const third = fetch(proxy.endpoint);
  await expect.poll(() => held.length).toBe(2);
  held[1].end();
  expect((await third).status).toBe(200);
});
