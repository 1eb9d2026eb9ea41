import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import {
  type BodyEvent,
  MemoryStorageProvider,
  onStorageEvent,
  readAll,
  runOperation,
  StorageError,
} from '../src/index.js';

const CONTENT = Buffer.alloc(300_000, 'x');

/** Events of the bodies of one provider, as they were told. */
function listen(provider: string) {
  const told: { readonly event: BodyEvent; readonly seen: BodyEvent }[] = [];
  const end = onStorageEvent('org.storage.body', (event) => {
    if (event.provider === provider)
      told.push({ event, seen: { ...event, bytes: event.bytes, state: event.state } });
  });
  onTestFinished(end);
  return told;
}

/** A download of `body` by a provider of the test's own. */
function download(provider: string, body: Readable) {
  const context = { operation: 'download', provider, key: 'k' };
  return runOperation(context, async () => ({ body }));
}

it('a body that is read to its end was filled with all of its bytes', async () => {
  await using provider = new MemoryStorageProvider({ name: 'read' });
  const told = listen('read');
  await provider.upload('k', CONTENT);
  const { body } = await provider.download('k');
  expect(told).toHaveLength(1);
  expect(told[0]?.seen).toMatchObject({ key: 'k', state: 'open' });
  expect((await readAll(body)).equals(CONTENT)).toBe(true);
  if (!body.closed) await once(body, 'close');
  expect(told).toHaveLength(2);
  expect(told[1]?.event).toBe(told[0]?.event);
  expect(told[1]?.seen).toMatchObject({ state: 'read', bytes: CONTENT.byteLength });
});

it('counts while it is read, and tells one that is left', async () => {
  const told = listen('left');
  const { body } = await download('left', Readable.from([CONTENT, CONTENT]));
  await once(body, 'readable');
  expect(told[0]?.event.bytes).toBeGreaterThanOrEqual(CONTENT.byteLength);
  body.destroy();
  await once(body, 'close');
  expect(told[1]?.seen).toMatchObject({ state: 'left' });
});

it('tells the code of one that fails', async () => {
  const told = listen('failing');
  const broken = new StorageError('ChecksumMismatch', 'these are others');
  const source = async function* () {
    yield CONTENT;
    throw broken;
  };
  const { body } = await download('failing', Readable.from(source()));
  await expect(readAll(body)).rejects.toBe(broken);
  if (!body.closed) await once(body, 'close');
  expect(told[1]?.seen).toMatchObject({ state: 'failed', code: 'ChecksumMismatch' });
});

it('does not make a body flow, and changes none where nobody listens', async () => {
  const quiet = Readable.from([CONTENT]);
  const push = quiet.push;
  expect((await download('nobody', quiet)).body.push).toBe(push);
  listen('resting');
  const { body } = await download('resting', Readable.from([CONTENT]));
  expect(body.readableFlowing).toBeNull();
  expect(body.listenerCount('error')).toBe(0);
  body.destroy();
});
