import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type S3Server, type S3ServerOptions, startS3Server } from '../../src/s3-server/index.js';
import { clientOf } from './client.js';

export interface RunningServer {
  readonly server: S3Server;
  /** Without retries. */
  readonly client: S3Client;
}

/** A server for the tests of a file, with the bucket `photos` unless told otherwise. To be called at the top of the file. */
export function useServer(options: S3ServerOptions = { buckets: ['photos'] }): RunningServer {
  let running: RunningServer | undefined;
  const started = () => {
    if (running === undefined) throw new Error('the server is not running');
    return running;
  };
  beforeAll(async () => {
    const server = await startS3Server(options);
    running = { server, client: clientOf(server) };
  });
  afterAll(async () => {
    running?.client.destroy();
    await running?.server.close();
  });
  return {
    get server() {
      return started().server;
    },
    get client() {
      return started().client;
    },
  };
}
