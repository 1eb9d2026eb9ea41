import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  MemoryStorageProvider,
  OPERATIONS,
  type OperationEvent,
  operationChannel,
  runListing,
  runOperation,
  StorageError,
} from '../src/index.js';

const STEPS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

interface Heard {
  readonly step: (typeof STEPS)[number];
  readonly event: OperationEvent;
  /** As it was at that step. */
  readonly seen: OperationEvent;
}

/** Listens to an operation until the test ends. */
function listenTo(operation: string, steps: readonly (typeof STEPS)[number][] = STEPS): Heard[] {
  const heard: Heard[] = [];
  for (const step of steps) {
    const listener = (message: unknown) => {
      const event = message as OperationEvent;
      heard.push({ step, event, seen: { ...event } });
    };
    const { [step]: listened } = operationChannel(operation);
    listened.subscribe(listener);
    onTestFinished(() => void listened.unsubscribe(listener));
  }
  return heard;
}

/** An operation of its own, so that tests do not hear each other. */
function anOperation(): string {
  return `test-${randomUUID()}`;
}

const stepsOf = (heard: readonly Heard[]) => heard.map(({ step }) => step);

async function* threeEntries() {
  yield 1;
  yield 2;
  yield 3;
}

describe('an operation that succeeds', () => {
  it('tells its start and its end, with one event that gets the result', async () => {
    const operation = anOperation();
    const heard = listenTo(operation);
    const run = async () => 'done';
    await runOperation({ operation, provider: 'test', key: 'a/b' }, run);
    expect(stepsOf(heard)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(new Set(heard.map(({ event }) => event)).size).toBe(1);
    expect(heard[0]?.seen).toEqual({ operation, provider: 'test', key: 'a/b' });
    expect(heard.at(-1)?.seen).toMatchObject({ operation, key: 'a/b', result: 'done' });
  });

  it('tells no key where there is none, and nothing of bodies and signals', async () => {
    const operation = anOperation();
    const heard = listenTo(operation);
    const { signal } = new AbortController();
    const context = { operation, provider: 'test', key: undefined, body: 'secret', signal };
    await runOperation(context, async () => undefined);
    expect(heard[0]?.seen).toEqual({ operation, provider: 'test' });
  });

  it('tells of two at once by two events', async () => {
    const operation = anOperation();
    const heard = listenTo(operation, ['asyncEnd']);
    await Promise.all(
      ['a', 'b'].map((key) => runOperation({ operation, provider: 'test', key }, async () => key)),
    );
    expect(heard.map(({ event }) => [event.key, event.result])).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });
});

describe('an operation that fails', () => {
  it('tells the StorageError that the caller gets, in the same event', async () => {
    const operation = anOperation();
    const heard = listenTo(operation);
    const run = () => Promise.reject(new Error('EIO'));
    const failure = await runOperation({ operation, provider: 'test', key: 'k' }, run).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(StorageError);
    expect(stepsOf(heard)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(new Set(heard.map(({ event }) => event)).size).toBe(1);
    expect(heard[2]?.seen.error).toBe(failure);
  });

  it('tells of one that was aborted before it began', async () => {
    const operation = anOperation();
    const heard = listenTo(operation, ['error']);
    const context = { operation, provider: 'test', signal: AbortSignal.abort() };
    await expect(runOperation(context, async () => {})).rejects.toThrow();
    expect(heard[0]?.seen.error).toMatchObject({ code: 'Aborted', operation });
  });
});

describe('a listing', () => {
  const listing = (operation: string, run: () => AsyncIterable<number> = threeEntries) =>
    runListing({ operation, provider: 'test' }, run);
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('tells its start when the first entry is asked for, and its end when it has ended', async () => {
    const operation = anOperation();
    const heard = listenTo(operation);
    const entries = listing(operation);
    await settled();
    expect(heard).toEqual([]);
    await entries.next();
    await settled();
    expect(stepsOf(heard)).toEqual(['start', 'end']);
    for await (const _ of entries);
    await settled();
    expect(stepsOf(heard)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(new Set(heard.map(({ event }) => event)).size).toBe(1);
  });

  it('that is left early has ended', async () => {
    const operation = anOperation();
    const heard = listenTo(operation);
    for await (const _ of listing(operation)) break;
    await settled();
    expect(stepsOf(heard)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  });

  it('that fails tells the error that the caller gets', async () => {
    const operation = anOperation();
    const heard = listenTo(operation, ['error', 'asyncEnd']);
    const fails = async function* () {
      yield 1;
      throw new Error('EIO');
    };
    const read = async () => {
      for await (const _ of listing(operation, fails));
    };
    const failure = await read().catch((error: unknown) => error);
    await settled();
    expect(stepsOf(heard)).toEqual(['error', 'asyncEnd']);
    expect(heard[0]?.seen.error).toBe(failure);
    expect(failure).toMatchObject({ code: 'Unknown', operation });
  });

  it('that is left or fails lets go of what it is read from', async () => {
    const operation = anOperation();
    listenTo(operation);
    let released = 0;
    const held = async function* () {
      try {
        yield 1;
        throw new Error('EIO');
      } finally {
        released += 1;
      }
    };
    for await (const _ of listing(operation, held)) break;
    expect(released).toBe(1);
    const read = async () => {
      for await (const _ of listing(operation, held));
    };
    await expect(read()).rejects.toThrow('EIO');
    expect(released).toBe(2);
  });

  it('takes all of its steps with what a subscriber has bound to it, whoever asks for them', async () => {
    const operation = anOperation();
    const store = new AsyncLocalStorage<string>();
    const { start } = operationChannel(operation);
    start.bindStore(store, () => 'within');
    onTestFinished(() => void start.unbindStore(store));
    const seen: unknown[] = [];
    const steps = async function* () {
      seen.push(store.getStore());
      yield 1;
      await settled();
      seen.push(store.getStore());
      yield 2;
    };
    await store.run('around', async () => {
      for await (const _ of listing(operation, steps)) seen.push(store.getStore());
    });
    expect(seen).toEqual(['within', 'around', 'within', 'around']);
  });

  it('that is never asked for an entry tells nothing', async () => {
    const operation = anOperation();
    const heard = listenTo(operation);
    await listing(operation).return();
    await settled();
    expect(heard).toEqual([]);
  });
});

describe('where nobody listens', () => {
  it('no event is made', async () => {
    const operation = anOperation();
    let made = 0;
    const context = {
      operation,
      get provider() {
        made += 1;
        return 'test';
      },
    };
    await runOperation(context, async () => {});
    for await (const _ of runListing(context, threeEntries));
    expect(made).toBe(0);
    listenTo(operation, ['start']);
    await runOperation(context, async () => {});
    expect(made).toBe(1);
  });

  it('any one of the channels is enough to be told', async () => {
    for (const step of STEPS) {
      const operation = anOperation();
      const heard = listenTo(operation, [step]);
      const run = () => Promise.reject(new Error());
      await runOperation({ operation, provider: 'test' }, run).catch(() => {});
      expect(stepsOf(heard)).toEqual([step]);
    }
  });
});

describe('the channels', () => {
  it('are those that diagnostics_channel has by the operation’s name', async () => {
    const operation = anOperation();
    const seen: unknown[] = [];
    const started = channel(`tracing:org.storage.${operation}:start`);
    const listener = (message: unknown) => void seen.push(message);
    started.subscribe(listener);
    onTestFinished(() => void started.unsubscribe(listener));
    await runOperation({ operation, provider: 'test' }, async () => {});
    expect(seen).toHaveLength(1);
    expect(operationChannel(operation)).toBe(operationChannel(operation));
  });

  it('of a provider are named as the contract names its operations', async () => {
    const heard = OPERATIONS.flatMap((operation) => {
      const events = listenTo(operation, ['start']);
      return [{ operation, events }];
    });
    const name = anOperation();
    const provider = new MemoryStorageProvider({ name, versions: true });
    await provider.upload('a', 'a');
    await provider.download('a').then(({ body }) => body.destroy());
    await provider.tags.get('a');
    await provider.tags.set('a', {});
    await provider.copy('a', 'b');
    await provider.move('b', 'c');
    for await (const _ of provider.list());
    for await (const _ of provider.versions?.list() ?? []);
    const [{ versionId = '' } = {}] = [await provider.stat('a')];
    await provider.versions?.restore('a', versionId);
    await provider.deleteMany(['a']);
    await provider.checkHealth();
    const own = heard
      .filter(({ events }) => events.some(({ event }) => event.provider === name))
      .map(({ operation }) => operation);
    expect(own).toEqual([
      ...['upload', 'download', 'stat', 'delete', 'deleteMany', 'list', 'copy', 'move'],
      ...['checkHealth', 'getTags', 'setTags', 'listVersions', 'restoreVersion'],
    ]);
  });
});
