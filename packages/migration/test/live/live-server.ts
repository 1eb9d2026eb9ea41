import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '@org/storage-testkit/s3-server';
import { Child } from './child.js';
import type { Dice } from './dice.js';
import type { ServerHandlers, ServerSettings } from './server.js';
import type { BucketPlace } from './stores.js';

/** A server that a live migration goes to. */
export interface LiveServer {
  readonly place: Omit<BucketPlace, 'prefix'>;
  /**
   * Whether a write without a condition and one with `If-Match`, at the same time, are one after the other. Not so in Ceph 20: it
   * takes both, and keeps the one with the condition, which no longer held if the other one was before it.
   */
  readonly ordersWrites: boolean;
  /** Ends it at once, and starts it again after some milliseconds. Not every server can be. */
  readonly restart?: (pause: number) => Promise<void>;
  /** From now on, nothing goes wrong, and no request of before is under way. */
  calm(): Promise<void>;
  /** Keys of unfinished multipart uploads. */
  openUploads(): Promise<readonly string[]>;
}

const MIB = 1024 * 1024;

/** What S3 and the network do on a bad day. */
function badDay(dice: Dice): Fault[] {
  const seeded = () => ({ seed: dice.between(1, 1_000_000) });
  return [
    { type: 'error', code: 'SlowDown', status: 503, probability: 0.01, ...seeded() },
    { type: 'error', code: 'InternalError', status: 500, probability: 0.01, ...seeded() },
    { type: 'reset', probability: 0.01, ...seeded() },
    {
      ...{ type: 'lost-answer', probability: 0.03, ...seeded() },
      operation: ['PutObject', 'CompleteMultipartUpload', 'DeleteObject'],
    },
    {
      ...{ type: 'error', code: 'ConditionalRequestConflict', status: 409, ...seeded() },
      ...{ operation: 'PutObject', probability: 0.01 },
    },
    { type: 'delay', milliseconds: 150, operation: 'PutObject', probability: 0.05, ...seeded() },
    { type: 'delay', milliseconds: 30, probability: 0.05, ...seeded() },
    { type: 'reset-response', after: 1000, operation: 'GetObject', probability: 0.01, ...seeded() },
    { type: 'reset-request', after: MIB, operation: 'UploadPart', probability: 0.1, ...seeded() },
  ];
}

/** The strict S3 server in a process of its own, on a directory that outlives it. */
export class RestartableServer implements LiveServer {
  readonly ordersWrites = true;
  readonly place: Omit<BucketPlace, 'prefix'>;
  readonly #module: URL;
  readonly #settings: ServerSettings;
  readonly #dice: Dice;
  #child: Child<ServerHandlers>;

  private constructor(
    child: Child<ServerHandlers>,
    endpoint: { readonly endpoint: string; readonly region: string; readonly port: number },
    module: URL,
    settings: ServerSettings,
    dice: Dice,
  ) {
    const { credentials, bucket } = settings;
    const { port, ...address } = endpoint;
    this.place = { server: 'aws', ...address, credentials, bucket };
    this.#child = child;
    this.#module = module;
    this.#settings = { ...settings, port };
    this.#dice = dice;
  }

  static async start(module: URL, dataDirectory: string, dice: Dice): Promise<RestartableServer> {
    const secret = () => randomBytes(10).toString('hex');
    const credentials = { accessKeyId: secret(), secretAccessKey: secret() };
    const settings = {
      port: 0,
      credentials,
      dataDirectory,
      bucket: 'bucket',
      faults: badDay(dice),
    };
    const child = new Child<ServerHandlers>('the server', module);
    return new RestartableServer(child, await child.ask('start', settings), module, settings, dice);
  }

  async restart(pause: number): Promise<void> {
    await this.#child.kill();
    await sleep(pause);
    await this.#start(badDay(this.#dice));
  }

  async calm(): Promise<void> {
    await this.#child.kill();
    await this.#start([]);
  }

  async #start(faults: readonly Fault[]): Promise<void> {
    this.#child = new Child<ServerHandlers>('the server', this.#module);
    await this.#child.ask('start', { ...this.#settings, faults });
  }

  openUploads(): Promise<readonly string[]> {
    return this.#child.ask('openUploads', this.#settings.bucket);
  }

  end(): Promise<void> {
    return this.#child.kill();
  }
}
