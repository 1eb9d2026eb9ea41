import { Readable } from 'node:stream';
import { StorageError } from '@org/storage-core';

export interface RelayHooks {
  /** More is asked for, and nothing is there. */
  readonly waits?: () => void;
  /** Something came, or nothing is asked for any more. */
  readonly rests?: () => void;
  /** The error that the reader gets. Default: the source's own. */
  readonly translate?: (error: Error) => Error;
}

/** What `source` gives, as it asks for it; destroying the one destroys the other. */
export function relayed(source: Readable, { waits, rests, translate }: RelayHooks): Readable {
  const fail = (error: Error) => relay.destroy(translate?.(error) ?? error);
  const relay = new Readable({
    read() {
      waits?.();
      source.resume();
    },
    destroy(error, done) {
      rests?.();
      source.destroy();
      done(error);
    },
  });
  source.pause();
  source.on('data', (chunk: Uint8Array) => {
    rests?.();
    if (!relay.push(chunk)) source.pause();
  });
  source.on('end', () => {
    rests?.();
    relay.push(null);
  });
  source.on('error', fail);
  const closed = () => {
    if (!source.readableEnded) fail(source.errored ?? closedEarly());
  };
  source.on('close', closed);
  if (source.closed) closed();
  return relay;
}

function closedEarly(): StorageError {
  return new StorageError('Unavailable', 'the body was closed before its end');
}
