import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { BucketPlace } from '../../../src/provision/bucket/place.js';
import { PUBLIC_ACCESS } from '../../../src/provision/bucket/public-access.js';
import { createBucketClient } from '../../../src/provision/index.js';

test('the connection on which public access was looked at is not used again', async () => {
  const connections: Socket[] = [];
  const server = createServer((request, response) => {
    connections.push(request.socket);
    response.end('<PublicAccessBlockConfiguration/>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const region = 'eu-central-1';
  const client = createBucketClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const place: BucketPlace = {
    ...{ client, bucket: 'bucket', server: 'generic' as const, secure: false },
    ...{ endpoint, region, signal: undefined },
  };
  const look = () => PUBLIC_ACCESS.read(place);
  await look();
  await look();
  expect(new Set(connections).size).toBe(2);
});
