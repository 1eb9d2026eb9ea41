import { AsyncResource } from 'node:async_hooks';
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';

/** What subscribers of a tracing channel are told of one operation, in one object from its start to its end. */
export interface OperationEvent {
  /** As in the contract: `upload`, `list`, … */
  readonly operation: string;
  /** Name of the provider. */
  readonly provider: string;
  readonly key?: string | undefined;
  /** What the operation resolved to, from `asyncEnd` on. */
  readonly result?: unknown;
  /** The `StorageError` that it rejected with, from `error` on. */
  readonly error?: unknown;
}

/**
 * The operations of the contract, as they are named in errors and events. A provider that has further ones publishes them on
 * channels of their own names.
 */
export const OPERATIONS = [
  'upload',
  'download',
  'stat',
  'exists',
  'delete',
  'deleteMany',
  'list',
  'copy',
  'move',
  'checkHealth',
  'probe',
  'getTags',
  'setTags',
  'listVersions',
  'restoreVersion',
  'createDownloadUrl',
  'createUploadTicket',
  'listUploads',
  'listParts',
  'completeUpload',
  'abortUpload',
  'sweepUploads',
] as const;

type Channel = TracingChannel<unknown, OperationEvent>;

const channels = new Map<string, Channel>();

/**
 * The tracing channel of an operation, `org.storage.upload` and so on, as `tracingChannel` of `node:diagnostics_channel` has
 * it: an operation publishes `start`, `end`, `asyncStart`, `asyncEnd` and, if it fails, `error`, each with an
 * {@link OperationEvent}. That of a `download` ends when the body is handed out, that of a listing when the listing ends.
 * A provider made of others publishes its own events beside theirs; a layer publishes none.
 */
export function operationChannel(operation: string): Channel {
  let channel = channels.get(operation);
  if (channel === undefined) {
    channel = tracingChannel<unknown, OperationEvent>(`org.storage.${operation}`);
    channels.set(operation, channel);
  }
  return channel;
}

/** Runs an operation; where nobody listens, that is all. */
export function traced<T>(
  operation: string,
  about: { readonly provider: string; readonly key?: string | undefined },
  run: () => Promise<T>,
): Promise<T> {
  const channel = operationChannel(operation);
  if (!channel.hasSubscribers) return run();
  const { provider, key } = about;
  return channel.tracePromise(run, { operation, provider, ...(key === undefined ? {} : { key }) });
}

/** {@link traced} for a listing: from its first entry being asked for until it has ended or was left. */
export async function* tracedListing<T>(
  operation: string,
  about: { readonly provider: string },
  run: () => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const channel = operationChannel(operation);
  if (!channel.hasSubscribers) {
    yield* run();
    return;
  }
  let end = () => {};
  let fail = (_error: unknown) => {};
  const whole = new Promise<void>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // What is stored for the operation by `bindStore` goes for all of its steps, whoever asks for them.
  let within: AsyncResource | undefined;
  const begin = () => {
    within = new AsyncResource(`storage.${operation}`, { requireManualDestroy: true });
    return whole;
  };
  const traced = channel.tracePromise(begin, { operation, provider: about.provider });
  traced.catch(() => {}); // thrown below
  const step = <R>(take: () => R): R => within?.runInAsyncScope(take) ?? take();
  const entries = run();
  try {
    try {
      for (;;) {
        const { done, value } = await step(() => entries.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await step(() => entries.return());
    }
  } catch (error) {
    fail(error);
    throw error;
  } finally {
    end();
  }
}
