import { compareKeys, isStorageError, type StorageProvider } from '@org/storage-core';
import type { History, SimulatedProcess } from '@org/storage-testkit/simulator';

/** One call of an application, as a scenario writes it down. */
export type Call =
  | { readonly does: 'read' | 'exists' | 'delete'; readonly key: string }
  /** Lists everything, and records of these keys whether they were there. */
  | { readonly does: 'list'; readonly keys: readonly string[] }
  | { readonly does: 'write' | 'create'; readonly key: string; readonly value: string }
  /** Reads, and replaces what it read, if it is still there. */
  | { readonly does: 'update'; readonly key: string; readonly value: string }
  /** Reads, and deletes what it read, if it is still there. */
  | { readonly does: 'remove'; readonly key: string };

export const read = (key = 'k'): Call => ({ does: 'read', key });
export const exists = (key = 'k'): Call => ({ does: 'exists', key });
export const list = (...keys: readonly string[]): Call => ({ does: 'list', keys });
export const write = (value: string, key = 'k'): Call => ({ does: 'write', key, value });
export const create = (value: string, key = 'k'): Call => ({ does: 'create', key, value });
export const update = (value: string, key = 'k'): Call => ({ does: 'update', key, value });
export const del = (key = 'k'): Call => ({ does: 'delete', key });
export const remove = (key = 'k'): Call => ({ does: 'remove', key });

/** Makes calls one after the other, and records what the client saw. What fails is recorded, and the next call made. */
export async function makeCalls(
  process: SimulatedProcess,
  storage: StorageProvider,
  history: History,
  calls: readonly Call[],
  underWay: Set<Promise<void>>,
): Promise<void> {
  for (const call of calls) {
    const made = makeCall(process, storage, history, call).catch((error: unknown) => {
      if (!isStorageError(error)) throw error;
    });
    underWay.add(made);
    await made;
    underWay.delete(made);
  }
}

async function makeCall(
  process: SimulatedProcess,
  storage: StorageProvider,
  history: History,
  call: Call,
): Promise<void> {
  if (call.does === 'list') return listRecorded(process, storage, history, call.keys);
  const { key } = call;
  switch (call.does) {
    case 'exists':
      await history.record(process, { kind: 'exists', key }, () => storage.exists(key));
      return;
    case 'read':
      await readRecorded(process, storage, history, key);
      return;
    case 'delete':
      await history.record(process, { kind: 'delete', key }, async () => {
        await storage.delete(key);
        return undefined;
      });
      return;
    case 'write':
      await history.record(process, { kind: 'write', key, value: call.value }, async () => {
        await storage.upload(key, call.value);
        return undefined;
      });
      return;
    case 'create':
      await history.record(process, { kind: 'create', key, value: call.value }, () =>
        whetherItHeld(storage.upload(key, call.value, { condition: { type: 'absent' } })),
      );
      return;
    case 'update':
    case 'remove': {
      const found = await readRecorded(process, storage, history, key);
      if (found === undefined) return;
      const condition = { type: 'match', etag: found.etag } as const;
      const from = found.content;
      if (call.does === 'remove') {
        await history.record(process, { kind: 'remove', key, from }, () =>
          whetherItHeld(storage.delete(key, { condition })),
        );
        return;
      }
      await history.record(process, { kind: 'update', key, from, value: call.value }, () =>
        whetherItHeld(storage.upload(key, call.value, { condition })),
      );
    }
  }
}

async function readRecorded(
  process: SimulatedProcess,
  storage: StorageProvider,
  history: History,
  key: string,
) {
  const record = history.begin(process, { kind: 'read', key });
  try {
    const found = await contentOf(storage, key);
    history.end(record, found?.content);
    return found;
  } catch (error) {
    history.fail(record, error);
    throw error;
  }
}

/** Each key by itself was there, or not, at some moment of the listing. */
async function listRecorded(
  process: SimulatedProcess,
  storage: StorageProvider,
  history: History,
  keys: readonly string[],
): Promise<void> {
  const records = keys.map((key) => history.begin(process, { kind: 'exists', key }));
  const found: string[] = [];
  try {
    for await (const entry of storage.list()) if (entry.type === 'file') found.push(entry.key);
  } catch (error) {
    for (const record of records) history.fail(record, error);
    throw error;
  }
  const ordered = [...new Set(found)].sort(compareKeys);
  if (found.join() !== ordered.join()) throw new Error(`listed as ${found.join()}`);
  for (const record of records) history.end(record, found.includes(record.operation.key));
}

/** A file's content and ETag; `undefined` if there is none. */
export async function contentOf(storage: StorageProvider, key: string) {
  try {
    const { metadata, body } = await storage.download(key);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { content: Buffer.concat(chunks).toString(), etag: metadata.etag };
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function whetherItHeld(done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    if (isStorageError(error, 'AlreadyExists') || isStorageError(error, 'PreconditionFailed'))
      return false;
    throw error;
  }
}
