import { isStorageError } from '@org/storage-core';
import {
  HybridStorageProvider,
  type MemberRecord,
  storageFleetRegistry,
} from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { operationsOfRole } from '../../../s3/test/provision/iam/expected.js';
import { operationsOf } from '../../../s3/test/provision/iam/users.js';
import {
  clean,
  migrate,
  plan,
  retireFiles,
  revertRun,
  sweepTombstones,
  verify,
} from '../../src/index.js';
import { keysOf, quickly, temporaryJournal } from '../fixtures.js';
import { FLEET, PREFIX, places } from './places.js';

const MIB = 1024 ** 2;
const HOUR = 3_600_000;
const FEATURES = { fleet: `${FLEET}/.fleet` };

const FILES = {
  'a.txt': 'one',
  'photos/b.jpg': 'two',
  'photos/c.jpg': 'three',
  'film.mp4': Buffer.alloc(6 * MIB, 7),
};

/** All that a migration does, by one who has no more than the policy. */
describe('the migrator’s policy', () => {
  it('lets a whole migration pass, and allows nothing that it does not make use of', async () => {
    const { server, source, as } = await places(FILES);
    const { user, target, ops } = as('migrator', { features: FEATURES });
    const application = new HybridStorageProvider({
      source,
      target: as('application', { mode: 'hybrid' }).target,
      ...{ mode: 'hybrid', handedOver: true },
    });
    const owner = as('application').target;
    const journal = await temporaryJournal();
    const stores = { source, target, journal, retry: { ...quickly, attempts: 1 } };
    const live = { ...stores, live: true };
    server.requests.reset();

    await plan({ source, target, measure: 'target' });

    // The connection breaks within a large file, and what was sent of it is used.
    const broken = server.faults.add({
      ...{
        type: 'error',
        code: 'InternalError',
        status: 500,
        operation: 'UploadPart',
        key: `${PREFIX}/film.mp4`,
        from: 2,
      },
    });
    expect(await migrate(live)).toMatchObject({ outcome: 'incomplete', unresolved: 1 });
    broken.remove();
    const { runId, outcome } = await migrate(live);
    expect(outcome).toBe('complete');
    expect(await verify({ ...live, full: true })).toMatchObject({ results: { ok: 4 } });

    await retireFiles({ ...live, archive: source.trash });
    const reverted = await revertRun({
      ...{ ...stores, run: runId, archive: source.trash, wait: async () => {} },
      handedBack: true,
    });
    expect(reverted.outcome).toBe('complete');
    expect((await keysOf(source)).length).toBeGreaterThan(0);

    expect(await migrate(live)).toMatchObject({ outcome: 'complete' });
    await verify(live);
    await application.upload('photos/b.jpg', 'newer');
    await application.delete('photos/c.jpg');
    await retireFiles({ ...live, archive: source.trash });
    const swept = await sweepTombstones({ ...stores, cutOver: true, drain: 0 });
    expect(swept).toMatchObject({ outcome: 'complete', counts: { swept: 1 } });
    expect(await keysOf(owner)).toEqual(['a.txt', 'film.mp4', 'photos/b.jpg']);
    await owner.createUploadTicket('left', { type: 'multipart', contentLength: MIB });
    const later = () => Date.now() + 2 * HOUR;
    await clean({ ...stores, uploadsOlderThan: HOUR, now: later });
    expect(server.openMultipartUploads('files')).toEqual([]);

    await useRegistry(ops);
    expect(user.unusedPermissions).toEqual([]);
    // With a prefix, a listing stands in for a question after the bucket.
    const expected = operationsOfRole('migrator', FEATURES).filter((name) => name !== 'HeadBucket');
    expect(operationsOf(server)).toEqual(expected);
    expect(server.requests.last().filter(({ status }) => status === 403)).toEqual([]);
  });

  it('lets a probe see that the bucket takes no writes without conditions from it', async () => {
    const { target } = (await places({})).as('migrator');
    expect(await target.probe()).toMatchObject({
      ...{ conditionalCreate: 'native', conditionalDelete: 'native', tags: 'native' },
    });
    const denied = await target.upload('a', 'plain').catch((error: unknown) => error);
    expect(isStorageError(denied, 'AccessDenied')).toBe(true);
  });
});

async function useRegistry(provider: Parameters<typeof storageFleetRegistry>[0]): Promise<void> {
  const registry = storageFleetRegistry(provider);
  const member: MemberRecord = {
    ...({ id: 'one', role: 'application', stages: ['hybrid'], beat: 1, drain: 60_000 } as const),
    ...{ host: 'host', pid: 1, started: '2024-05-06T07:08:09.000Z' },
  };
  const joined = await registry.join(member);
  const updated = joined && (await registry.update({ ...member, beat: 2 }, joined));
  expect(await registry.list()).toHaveLength(1);
  expect(await registry.nextToken()).toBe(1);
  expect(await registry.nextToken()).toBe(2);
  expect(await registry.wanted()).toBeUndefined();
  expect(updated && (await registry.remove('one', updated))).toBe(true);
  expect(await registry.list()).toEqual([]);
}
