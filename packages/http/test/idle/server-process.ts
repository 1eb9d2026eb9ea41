import { createServer } from 'node:http';
import { MemoryStorageProvider } from '@org/storage-core';
import { downloadHandler, nodeListener } from '../../src/index.js';

/** Serves a file with short limits; `GET /memory` tells the resident memory, and `GET /open` the connections. */
export async function serveIdle(limits: {
  readonly headersTimeout: number;
  readonly keepAliveTimeout: number;
}): Promise<void> {
  const storage = new MemoryStorageProvider();
  await storage.upload('a.txt', 'hello');
  const files = nodeListener(downloadHandler({ storage, key: () => 'a.txt' }));
  const server = createServer(
    { connectionsCheckingInterval: 250, ...limits },
    (request, response) => {
      if (request.url === '/memory') response.end(String(process.memoryUsage.rss()));
      else if (request.url === '/open')
        server.getConnections((_, open) => response.end(String(open)));
      else void files(request, response);
    },
  );
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
    console.log(JSON.stringify(server.address())),
  );
}
