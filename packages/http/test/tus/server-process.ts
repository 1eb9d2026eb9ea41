import { createServer } from 'node:http';
import { LocalStorageProvider } from '@org/storage-local';
import { Server } from '@tus/server';
import { StorageTusStore } from '../../src/tus/index.js';

/** Serves tus from a directory; `GET /peak` tells the peak of the process's resident memory, in bytes. */
export function serveTus(root: string, port: number): void {
  const storage = new LocalStorageProvider({ root });
  const datastore = new StorageTusStore({ storage, key: () => 'files/film' });
  const tus = new Server({ path: '/tus', datastore });
  let peak = 0;
  // Not the system's figure, which has that of the process which started this one in it.
  setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 10).unref();
  const http = createServer((request, response) => {
    if (request.url === '/peak') response.end(String(peak));
    else tus.handle(request, response).catch(() => response.destroy());
  });
  http.listen(port, '127.0.0.1', () => console.log(JSON.stringify(http.address())));
}
