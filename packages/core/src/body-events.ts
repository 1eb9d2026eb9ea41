import { Readable } from 'node:stream';
import { isStorageError, type StorageErrorCode } from './error.js';
import { type BodyEvent, eventChannel } from './events.js';

const bodies = eventChannel('org.storage.body');

/** Tells of the body of a download, if it is one and somebody listens, and counts what it is filled with. */
export function tellBody(
  { provider, key }: { readonly provider: string; readonly key?: string | undefined },
  download: unknown,
): void {
  if (!bodies.hasSubscribers) return;
  const body = bodyOf(download);
  if (body === undefined || body.closed) return;
  const told = new OpenBody(provider, key, body.readableLength);
  // Not by listening for data, which would make it flow, nor by a stream around it, which would be another one to close.
  const push = body.push;
  body.push = (chunk: unknown, encoding?: BufferEncoding) => {
    told.bytes += lengthOf(chunk, encoding);
    return push.call(body, chunk, encoding);
  };
  body.once('close', () => {
    told.close(body);
    bodies.publish(told);
  });
  bodies.publish(told);
}

class OpenBody implements BodyEvent {
  readonly provider: string;
  readonly key: string | undefined;
  bytes: number;
  state: BodyEvent['state'] = 'open';
  code?: StorageErrorCode;

  constructor(provider: string, key: string | undefined, bytes: number) {
    this.provider = provider;
    this.key = key;
    this.bytes = bytes;
  }

  close({ errored, readableEnded }: Readable): void {
    this.state = errored ? 'failed' : readableEnded ? 'read' : 'left';
    if (errored) this.code = isStorageError(errored) ? errored.code : 'Unknown';
  }
}

function bodyOf(download: unknown): Readable | undefined {
  if (typeof download !== 'object' || download === null || !('body' in download)) return undefined;
  return download.body instanceof Readable ? download.body : undefined;
}

function lengthOf(chunk: unknown, encoding: BufferEncoding | undefined): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : 0;
}
