import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  asStorageError,
  runListing,
  runOperation,
  StorageError,
  type Translate,
} from '../src/index.js';

const context = { operation: 'stat', provider: 'test', key: 'a/b' };

const fails = (error: unknown) => () => Promise.reject(error);

describe('runOperation', () => {
  it('resolves as the operation does', async () => {
    await expect(runOperation(context, async () => 5)).resolves.toBe(5);
  });

  it('makes Unknown of what it does not know, with the cause', async () => {
    const cause = new Error('EIO');
    await expect(runOperation(context, fails(cause))).rejects.toMatchObject({
      ...context,
      code: 'Unknown',
      message: 'stat failed: EIO',
      cause,
    });
    await expect(runOperation(context, fails('a text'))).rejects.toMatchObject({
      code: 'Unknown',
      cause: 'a text',
    });
  });

  it('lets the store’s own errors be translated', async () => {
    const translate: Translate = (error, { key = '' }) =>
      new StorageError('AccessDenied', String(error), { key });
    await expect(runOperation(context, fails('EACCES'), translate)).rejects.toMatchObject({
      code: 'AccessDenied',
      key: 'a/b',
    });
  });

  it('adds to a StorageError where it happened', async () => {
    const bare = new StorageError('Conflict', 'later', { retryable: false });
    await expect(runOperation(context, fails(bare))).rejects.toMatchObject({
      ...context,
      code: 'Conflict',
      message: 'later',
      retryable: false,
      cause: bare,
    });
    const cause = new Error('why');
    const keyed = new StorageError('InvalidKey', 'no', { key: 'other', cause });
    await expect(runOperation(context, fails(keyed))).rejects.toMatchObject({
      ...context,
      key: 'other',
      cause,
    });
  });

  it('knows no key where there is none', async () => {
    const listing = { operation: 'list', provider: 'test' };
    const error = new StorageError('Unavailable', '');
    const failure = await runOperation(listing, fails(error)).catch((reason: unknown) => reason);
    expect(failure).toMatchObject(listing);
    expect(failure).toHaveProperty('key', undefined);
  });

  it('passes on a StorageError that has its place already', async () => {
    const inner = new StorageError('NotFound', '', { operation: 'download', provider: 'inner' });
    await expect(runOperation(context, fails(inner))).rejects.toBe(inner);
  });

  it('does not begin when the signal has fired', async () => {
    let begun = false;
    const run = async () => {
      begun = true;
    };
    const signal = AbortSignal.abort();
    await expect(runOperation({ ...context, signal }, run)).rejects.toMatchObject({
      ...context,
      code: 'Aborted',
    });
    expect(begun).toBe(false);
  });

  it('tells that it was aborted, whatever that broke', async () => {
    const controller = new AbortController();
    const run = async () => {
      controller.abort();
      throw new Error('socket hang up');
    };
    const { signal } = controller;
    await expect(runOperation({ ...context, signal }, run)).rejects.toMatchObject({
      code: 'Aborted',
      ...context,
    });
  });

  it('destroys the body if it fails, and else does not', async () => {
    const body = new PassThrough();
    await runOperation({ ...context, body }, async () => {});
    expect(body.destroyed).toBe(false);
    await expect(runOperation({ ...context, body }, fails(new Error()))).rejects.toThrow();
    expect(body.destroyed).toBe(true);
  });

  it('keeps an error of the body, while nobody reads it, from ending the process', async () => {
    const body = new PassThrough();
    const failure = new Error('early');
    const run = async () => {
      body.destroy(failure);
      await new Promise((resolve) => setImmediate(resolve));
      for await (const _ of body);
    };
    await expect(runOperation({ ...context, body }, run)).rejects.toMatchObject({ cause: failure });
  });

  it('rejects where the operation throws', async () => {
    const run = () => {
      throw new Error('at once');
    };
    await expect(runOperation(context, run)).rejects.toMatchObject({ code: 'Unknown' });
  });
});

describe('runListing', () => {
  async function collect(listing: AsyncIterable<number>): Promise<number[]> {
    const seen: number[] = [];
    for await (const entry of listing) seen.push(entry);
    return seen;
  }

  it('passes entries on, and says where an error happened', async () => {
    const listing = { operation: 'list', provider: 'test' };
    const run = async function* () {
      yield 1;
      yield 2;
      throw new Error('EIO');
    };
    const seen: number[] = [];
    const consume = async () => {
      for await (const entry of runListing(listing, run)) seen.push(entry);
    };
    await expect(consume()).rejects.toMatchObject({ ...listing, code: 'Unknown' });
    expect(seen).toEqual([1, 2]);
  });

  it('fails between entries when the signal fires', async () => {
    const controller = new AbortController();
    const run = async function* () {
      yield 1;
      controller.abort();
      yield 2;
      yield 3;
    };
    const { signal } = controller;
    const listing = runListing({ operation: 'list', provider: 'test', signal }, run);
    await expect(collect(listing)).rejects.toMatchObject({ code: 'Aborted' });
  });

  it('ends what it runs when it is left early', async () => {
    let ended = false;
    const run = async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        ended = true;
      }
    };
    for await (const _ of runListing({ operation: 'list', provider: 'test' }, run)) break;
    expect(ended).toBe(true);
  });
});

describe('asStorageError', () => {
  it('prefers what the store said to the signal, where it said it in our terms', () => {
    const signal = AbortSignal.abort();
    const error = asStorageError(new StorageError('NotFound', ''), { ...context, signal });
    expect(error.code).toBe('NotFound');
  });
});
