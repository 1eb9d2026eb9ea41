import { type ETag, readAll, type StorageProvider } from '@org/storage-core';
import { describe, expect, test } from 'vitest';
import { bytes } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const absent = { type: 'absent' } as const;
const match = (etag: ETag) => ({ type: 'match', etag }) as const;
const OTHER = match('0'.repeat(32) as ETag);
const ALL = { conditionalCopyCreate: 'native', conditionalCopyUpdate: 'native' } as const;

async function contentOf(storage: StorageProvider, key: string): Promise<string> {
  return (await readAll((await storage.download(key)).body)).toString();
}

describe('a copy with a condition on its source', () => {
  test('copies the version that is expected, and no other', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB });
    for (const size of [10, 6 * MIB]) {
      const [from, to] = [someKey(), someKey()];
      const { etag } = await storage.upload(from, bytes(size));
      for (const key of [to, from]) {
        const copy = storage.copy(from, key, { sourceCondition: OTHER });
        await expect(copy).rejects.toMatchObject({ code: 'PreconditionFailed', key: from });
      }
      expect(await storage.exists(to)).toBe(false);
      const copied = await storage.copy(from, to, { sourceCondition: match(etag) });
      expect(copied).toMatchObject({ key: to, size });
    }
  });

  test('that is overwritten meanwhile fails', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB });
    for (const size of [10, 6 * MIB]) {
      const [from, to] = [someKey(), someKey()];
      const { etag } = await storage.upload(from, bytes(size));
      const operation = size === 10 ? 'CopyObject' : 'UploadPartCopy';
      const fault = setup.server.faults.add({ type: 'delay', milliseconds: 200, operation });
      const copy = storage
        .copy(from, to, { sourceCondition: match(etag) })
        .catch((error: unknown) => error);
      while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await storage.upload(from, 'another');
      expect(await copy).toMatchObject({ code: 'PreconditionFailed', key: from });
      expect(await storage.exists(to)).toBe(false);
    }
  });

  test('of a missing file is NotFound', async () => {
    const copy = setup.storage().copy(someKey(), someKey(), { sourceCondition: OTHER });
    await expect(copy).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('a copy with a condition on its destination', () => {
  test('is refused where the server is not known to honour it', async () => {
    const storage = setup.storage();
    const [key, to] = [someKey(), someKey()];
    await storage.upload(key, 'old');
    for (const condition of [absent, OTHER]) {
      for (const operation of ['copy', 'move'] as const) {
        const attempt = storage[operation](key, to, { condition });
        await expect(attempt).rejects.toMatchObject({ code: 'Unsupported' });
      }
    }
    expect(setup.server.requests.count('CopyObject')).toBe(0);
    expect(await contentOf(storage, key)).toBe('old');
  });

  test('creates or replaces only what is expected, whole and in parts', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB, capabilities: ALL });
    for (const size of [10, 6 * MIB]) {
      const [from, to, missing] = [someKey(), someKey(), someKey()];
      await storage.upload(from, bytes(size));
      const { etag } = await storage.upload(to, 'old');
      const cases = [
        [to, absent, 'AlreadyExists'],
        [to, OTHER, 'PreconditionFailed'],
        [missing, OTHER, 'PreconditionFailed'],
      ] as const;
      for (const [key, condition, code] of cases) {
        await expect(storage.copy(from, key, { condition })).rejects.toMatchObject({ code });
      }
      expect(await contentOf(storage, to)).toBe('old');
      expect(await storage.exists(missing)).toBe(false);
      expect(await storage.copy(from, to, { condition: match(etag) })).toMatchObject({ size });
      expect(await storage.copy(from, missing, { condition: absent })).toMatchObject({ size });
    }
    expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
  });

  test('in parts decides at its end: what came to be there meanwhile stays', async () => {
    const storage = setup.storage({ copyThreshold: 5 * MIB, capabilities: ALL });
    const [from, to] = [someKey(), someKey()];
    await storage.upload(from, bytes(6 * MIB));
    const fault = setup.server.faults.add({
      type: 'delay',
      milliseconds: 200,
      operation: 'UploadPartCopy',
    });
    const copy = storage.copy(from, to, { condition: absent }).catch((error: unknown) => error);
    while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await storage.upload(to, 'theirs');
    expect(await copy).toMatchObject({ code: 'AlreadyExists', key: to });
    expect(await contentOf(storage, to)).toBe('theirs');
  });

  test('tells of the file that is not as expected', async () => {
    const storage = setup.storage({ capabilities: ALL });
    const [from, to] = [someKey(), someKey()];
    await storage.upload(from, 'new');
    await storage.upload(to, 'old');
    const copy = storage.copy(from, to, { condition: absent });
    await expect(copy).rejects.toMatchObject({
      code: 'AlreadyExists',
      key: to,
      message: `${to} exists already`,
    });
  });

  test('tells of the source where it is that which has changed meanwhile', async () => {
    const storage = setup.storage({ capabilities: ALL });
    const [from, to] = [someKey(), someKey()];
    await storage.upload(from, 'new');
    const fault = setup.server.faults.add({
      type: 'delay',
      milliseconds: 200,
      operation: 'CopyObject',
    });
    const copy = storage.copy(from, to, { condition: absent }).catch((error: unknown) => error);
    while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await storage.upload(from, 'another');
    expect(await copy).toMatchObject({ code: 'Conflict' });
    expect(await storage.exists(to)).toBe(false);
  });

  test('onto itself holds or does not, like any other', async () => {
    const storage = setup.storage({ capabilities: ALL });
    const key = someKey();
    const { etag } = await storage.upload(key, 'x');
    const refused = (condition: typeof absent | typeof OTHER) =>
      expect(storage.copy(key, key, { condition })).rejects;
    await refused(absent).toMatchObject({ code: 'AlreadyExists' });
    await refused(OTHER).toMatchObject({ code: 'PreconditionFailed' });
    expect(await storage.copy(key, key, { condition: match(etag) })).toMatchObject({ etag });
  });
});

describe('a move', () => {
  const overwrittenMeanwhile = async (server: 'aws' | 'minio') => {
    const storage = setup.storage({ server });
    const [from, to] = [someKey(), someKey()];
    await storage.upload(from, 'old');
    const fault = setup.server.faults.add({
      type: 'delay',
      milliseconds: 200,
      operation: 'DeleteObject',
    });
    const move = storage.move(from, to).catch((error: unknown) => error);
    while (fault.hits === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await storage.upload(from, 'new');
    return { storage, from, to, result: await move };
  };

  test('does not lose a source that is written to meanwhile', async () => {
    const { storage, from, result } = await overwrittenMeanwhile('aws');
    expect(result).toMatchObject({ code: 'Conflict', key: from });
    expect(await contentOf(storage, from)).toBe('new');
  });

  test('deletes whatever is there on a server that deletes without conditions', async () => {
    const { storage, from, to, result } = await overwrittenMeanwhile('minio');
    expect(result).toMatchObject({ key: to });
    expect(await storage.exists(from)).toBe(false);
    expect(await contentOf(storage, to)).toBe('old');
  });
});
