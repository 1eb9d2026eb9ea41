import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OPERATIONS, type OperationEvent, operationChannel } from '@org/storage-core';
import { codeOf } from '../observe/operations.js';
import type { OpenTelemetryHandle } from './metrics.js';

export interface OpenTelemetrySpansOptions {
  /** Default: that of the global provider of the name `@org/storage`. */
  readonly tracer?: Tracer | undefined;
  /** The buckets of providers that are on S3, by the name of the provider: `{ uploads: 'my-uploads' }`. Default none. */
  readonly buckets?: Readonly<Record<string, string>> | undefined;
  /** Whether spans tell the keys of files, which may tell more of people than a trace should. Default `false`. */
  readonly keys?: boolean | undefined;
}

/**
 * Makes a span of every operation of the providers of this process, `storage.upload` and so on, below the span that is active when it
 * begins. Whatever is traced within it, such as the requests of the AWS SDK, is below it in turn; for that, a context manager has to be
 * registered, as the SDKs for Node do.
 *
 * Attributes are `storage.provider`, `storage.operation` and, of a failure, `error.type`: its code. Of providers on S3, the span
 * goes by the semantic conventions for object stores, version 1.45.0 (in development): its kind is client, and it has
 * `aws.s3.bucket` and, if asked for, `aws.s3.key`, or of a copy or a move, which are told by where they come from,
 * `aws.s3.copy_source`. It has no `rpc.…`, since an operation may be several requests: those are the
 * SDK's own spans. https://opentelemetry.io/docs/specs/semconv/object-stores/s3/
 */
export function openTelemetrySpans(options: OpenTelemetrySpansOptions = {}): OpenTelemetryHandle {
  const { tracer = trace.getTracer('@org/storage'), buckets = {}, keys = false } = options;
  const ends = OPERATIONS.map((operation) => {
    const begin = (event: OperationEvent): Span => {
      const bucket = Object.hasOwn(buckets, event.provider) ? buckets[event.provider] : undefined;
      return tracer.startSpan(`storage.${operation}`, {
        kind: bucket === undefined ? SpanKind.INTERNAL : SpanKind.CLIENT,
        attributes: attributesOf(event, bucket, keys),
      });
    };
    return traceOperation(operation, begin);
  });
  const close = () => {
    for (const end of ends) end();
  };
  return { close, [Symbol.dispose]: close };
}

/** Runs what it is given in a context, by whichever context manager is registered. */
class ActiveContext extends AsyncLocalStorage<Context> {
  override run<R, A extends unknown[]>(store: Context, run: (...args: A) => R, ...args: A): R {
    return context.with(store, () => run(...args));
  }
}

function traceOperation(
  operation: (typeof OPERATIONS)[number],
  begin: (event: OperationEvent) => Span,
): () => void {
  const spans = new WeakMap<OperationEvent, Span>();
  const channel = operationChannel(operation);
  const store = new ActiveContext();
  channel.start.bindStore(store, (event: OperationEvent) => {
    const span = begin(event);
    spans.set(event, span);
    return trace.setSpan(context.active(), span);
  });
  const end = (message: unknown) => {
    const event = message as OperationEvent;
    const span = spans.get(event);
    if (span === undefined) return;
    spans.delete(event);
    if (event.error !== undefined) fail(span, event.error);
    span.end();
  };
  channel.asyncEnd.subscribe(end);
  return () => {
    channel.start.unbindStore(store);
    channel.asyncEnd.unsubscribe(end);
  };
}

function attributesOf(
  { provider, operation, key }: OperationEvent,
  bucket: string | undefined,
  keys: boolean,
): Attributes {
  const shown = keys ? key : undefined;
  return {
    'storage.provider': provider,
    'storage.operation': operation,
    ...(bucket === undefined ? {} : { 'aws.s3.bucket': bucket }),
    ...(shown === undefined ? {} : keyAttribute(operation, shown, bucket)),
  };
}

function keyAttribute(operation: string, key: string, bucket: string | undefined): Attributes {
  if (bucket === undefined) return { 'storage.key': key };
  // `aws.s3.key` is the key that a copy is made under.
  if (operation === 'copy' || operation === 'move')
    return { 'aws.s3.copy_source': `${bucket}/${key}` };
  return { 'aws.s3.key': key };
}

/** Without the message: it names the key. */
function fail(span: Span, error: unknown): void {
  const code = codeOf(error);
  span.setAttribute('error.type', code);
  // An answer that a healthy store gives is no error of the operation's; the code tells it.
  if (code !== 'NotFound' && code !== 'Aborted')
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
