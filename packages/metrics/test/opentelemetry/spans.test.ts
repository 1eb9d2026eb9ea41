import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import {
  MemoryStorageProvider,
  operationChannel,
  runListing,
  runOperation,
} from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { expect, it, onTestFinished } from 'vitest';
import {
  type OpenTelemetrySpansOptions,
  openTelemetrySpans,
} from '../../src/opentelemetry/index.js';

/** As that of OpenTelemetry for Node, which the SDK registers. */
class AsyncContextManager implements ContextManager {
  readonly #store = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#store.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    run: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#store.run(active, () => run.call(thisArg, ...args));
  }

  bind<T>(_context: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

function traced(options: OpenTelemetrySpansOptions = {}) {
  context.setGlobalContextManager(new AsyncContextManager());
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');
  const spans = openTelemetrySpans({ tracer, ...options });
  onTestFinished(async () => {
    spans.close();
    context.disable();
    await provider.shutdown();
  });
  const named = (name: string): ReadableSpan => {
    const found = exporter.getFinishedSpans().find((span) => span.name === name);
    if (found === undefined) throw new Error(`there is no span ${name}`);
    return found;
  };
  return { spans, tracer, exporter, named };
}

it('a span is below the active one, and what is traced within an operation is below its own', async () => {
  const { tracer, named } = traced();
  await tracer.startActiveSpan('request', async (request) => {
    await runOperation({ operation: 'upload', provider: 'p', key: 'k' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      tracer.startSpan('http').end();
    });
    request.end();
  });
  const [request, upload, http] = ['request', 'storage.upload', 'http'].map(named);
  expect(upload?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(http?.parentSpanContext?.spanId).toBe(upload?.spanContext().spanId);
  expect(upload?.attributes).toEqual({ 'storage.provider': 'p', 'storage.operation': 'upload' });
});

it('operations of a store that is made of two are below its own, and two at once do not mix', async () => {
  const { exporter } = traced();
  const source = new MemoryStorageProvider({ name: 'source' });
  const target = new MemoryStorageProvider({ name: 'target' });
  await source.upload('a', '1');
  await source.upload('b', '2');
  await using files = new HybridStorageProvider({ source, target, mode: 'hybrid', name: 'files' });
  await files.stat('a');
  exporter.reset();
  await Promise.all([files.stat('a'), files.stat('b')]);
  const spans = exporter.getFinishedSpans();
  const outer = spans.filter(({ attributes }) => attributes['storage.provider'] === 'files');
  expect(outer).toHaveLength(2);
  for (const span of outer) {
    const inner = spans.filter(
      (one) => one.parentSpanContext?.spanId === span.spanContext().spanId,
    );
    const providers = inner.map(({ attributes }) => attributes['storage.provider']);
    expect(providers.toSorted()).toEqual(['source', 'target']);
  }
});

it('pages of a listing are below it, and what its reader does between them is not', async () => {
  const { tracer, named } = traced();
  const pages = async function* () {
    tracer.startSpan('first page').end();
    yield 1;
    tracer.startSpan('second page').end();
  };
  for await (const _ of runListing({ operation: 'list', provider: 'p' }, pages))
    tracer.startSpan('reader').end();
  await new Promise((resolve) => setImmediate(resolve));
  const list = named('storage.list').spanContext().spanId;
  expect(named('first page').parentSpanContext?.spanId).toBe(list);
  expect(named('second page').parentSpanContext?.spanId).toBe(list);
  expect(named('reader').parentSpanContext).toBeUndefined();
});

it('a failure has its code, and no key, unless asked for', async () => {
  const { exporter } = traced();
  await using memory = new MemoryStorageProvider();
  await memory.stat('secret-key').catch(() => {});
  await memory.stat('../up').catch(() => {});
  const [missing, wrong] = exporter.getFinishedSpans();
  expect(missing?.attributes['error.type']).toBe('NotFound');
  expect(missing?.status.code).toBe(SpanStatusCode.UNSET);
  expect(wrong?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'InvalidKey' });
  expect(JSON.stringify([missing?.attributes, missing?.events])).not.toContain('secret-key');
});

it('a provider on S3 goes by the conventions for object stores', async () => {
  const { named } = traced({ buckets: { files: 'my-bucket' }, keys: true });
  await using files = new MemoryStorageProvider({ name: 'files' });
  await files.upload('a/b', '1');
  expect(named('storage.upload')).toMatchObject({
    kind: SpanKind.CLIENT,
    attributes: { 'aws.s3.bucket': 'my-bucket', 'aws.s3.key': 'a/b' },
  });
  await files.copy('a/b', 'c');
  const { attributes } = named('storage.copy');
  expect(attributes).toMatchObject({ 'aws.s3.copy_source': 'my-bucket/a/b' });
  expect(attributes).not.toHaveProperty('aws.s3.key');
});

it('after closing no span is made, and without a context manager spans have no parent', async () => {
  const { spans, exporter } = traced();
  context.disable();
  await using memory = new MemoryStorageProvider();
  await memory.upload('a', '1');
  expect(exporter.getFinishedSpans()).toHaveLength(1);
  spans.close();
  await memory.upload('a', '1');
  expect(exporter.getFinishedSpans()).toHaveLength(1);
  expect(operationChannel('upload').hasSubscribers).toBe(false);
  expect(trace.getActiveSpan()).toBeUndefined();
});
