import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readAll, type StorageProvider } from '@org/storage-core';
import { Server, type ServerOptions } from '@tus/server';
import { onTestFinished } from 'vitest';
import { StorageTusStore, type StorageTusStoreOptions } from '../../src/tus/index.js';

export interface TusSite {
  readonly url: string;
  readonly store: StorageTusStore;
}

/** Serves tus over a storage until the end of the test. */
export async function tusSite(
  storage: StorageProvider,
  options: Partial<StorageTusStoreOptions> = {},
  server: Partial<ServerOptions> = {},
): Promise<TusSite> {
  const key = () => `files/${randomUUID()}`;
  const store = new StorageTusStore({ storage, key, segmentSize: 100_000, ...options });
  const tus = new Server({
    path: '/tus',
    datastore: store,
    relativeLocation: true,
    lockDrainTimeout: 20,
    ...server,
  });
  const http = createServer((request, response) => {
    tus.handle(request, response).catch(() => response.destroy());
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(async () => {
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/tus`, store };
}

export async function keysOf(storage: StorageProvider, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of storage.list({ prefix }))
    if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

export async function contentOf(storage: StorageProvider, key = ''): Promise<Buffer> {
  return readAll((await storage.download(key)).body);
}

export interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A request of tus, but for what a test changes. */
export async function tus(
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body?: Uint8Array<ArrayBuffer> | string,
): Promise<Sent> {
  const response = await fetch(url, {
    method,
    headers: { 'tus-resumable': '1.0.0', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Begins an upload. @returns its URL. */
export async function begun(
  { url }: TusSite,
  length: number,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const pairs = Object.entries(metadata).map(
    ([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`,
  );
  const { headers } = await tus(url, 'POST', {
    'upload-length': String(length),
    ...(pairs.length === 0 ? {} : { 'upload-metadata': pairs.join(',') }),
  });
  return new URL(headers.get('location') ?? '', url).href;
}

export function patch(
  url: string,
  offset: number,
  body: Uint8Array<ArrayBuffer> | string,
): Promise<Sent> {
  const headers = {
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
  };
  return tus(url, 'PATCH', headers, body);
}

export async function offsetOf(url: string): Promise<number> {
  const { headers } = await tus(url, 'HEAD');
  return Number(headers.get('upload-offset') ?? Number.NaN);
}
