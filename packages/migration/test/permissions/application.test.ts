import { HybridStorageProvider, type Mode } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { operationsOfRole } from '../../../s3/test/provision/iam/expected.js';
import { operationsOf } from '../../../s3/test/provision/iam/users.js';
import { contentOf } from '../fixtures.js';
import { places } from './places.js';

const LARGE = Buffer.alloc(6 * 1024 ** 2, 1);

/** What an application does, in one mode. */
async function work(mode: Mode) {
  const { server, source, as } = await places({ 'old.txt': 'old', 'gone.txt': 'gone' });
  const { user, target } = as('application', { mode });
  const owner = as('application', { features: { tags: true } }).target;
  for (const [key, content] of Object.entries({ 'there.txt': '1', 'large.bin': LARGE }))
    await owner.upload(key, content);
  server.requests.reset();
  const storage = new HybridStorageProvider({
    source,
    target,
    mode,
    handedOver: mode !== 'prepare',
  });
  await storage.upload('new.txt', 'new');
  await storage.upload('there.txt', '2');
  await storage.upload('large.bin', LARGE);
  const { etag } = await storage.stat('there.txt');
  await storage.upload('there.txt', '3', { condition: { type: 'match', etag } });
  await storage.upload('created.txt', 'x', { condition: { type: 'absent' } });
  await storage.copy('there.txt', 'copy.txt');
  await storage.move('copy.txt', 'moved.txt');
  await storage.delete('there.txt');
  await storage.deleteMany(['gone.txt', 'large.bin']);
  expect(await storage.exists('there.txt')).toBe(false);
  for await (const entry of storage.list()) expect(entry.type).toBe('file');
  expect(await contentOf(storage, 'moved.txt')).toBe('3');
  expect(await storage.checkHealth()).toMatchObject({ healthy: true });
  const aborted = storage.upload('aborted.bin', LARGE, { signal: AbortSignal.timeout(1) });
  await aborted.catch(() => {});
  return { server, user };
}

describe.each<Mode>(['source', 'prepare', 'hybrid', 'target'])('in the mode %s', (mode) => {
  it('an application is denied nothing, and asks for nothing that it is not known to', async () => {
    const { server } = await work(mode);
    const denied = server.requests.last().filter(({ status }) => status === 403);
    expect(denied).toEqual([]);
    const known = operationsOfRole('application', {}, mode);
    for (const operation of operationsOf(server)) expect(known).toContain(operation);
  });
});
