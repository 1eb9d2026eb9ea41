import { type CaseGroup, type ConformanceHarness, testProvider } from '@org/storage-testkit';
import type { RaceTask } from '@org/storage-testkit/races';
import { expect } from 'vitest';
import { describeOnCeph, isCeph18 } from '../../testkit/test/ceph/provided.js';
import { conformanceHarness } from './conformance-harness.js';

/** What Ceph 18 does to tags. */
const CEPH_18: ConformanceHarness['deviations'] = {
  'a file has the tags that it was uploaded with, or none': {
    reason: 'the server drops the tags of an upload in parts',
    fails: /the tags of large/,
  },
  'tags that are set replace all that were there; content, metadata and ETag stay': {
    reason: 'the server loses the time of an object whose tags are set',
    fails: /differ by \d+ ms in lastModified/,
  },
};

const RACE: readonly RaceTask[] = [
  ...[1, 2].map(() => ({ act: 'count', keys: ['file'], times: 20 }) as const),
  ...[1, 2].map(() => ({ act: 'delete', keys: ['file'], times: 40 }) as const),
];

/** Those that what a probe finds out can make a difference to: preconditions, tags and versions. */
const PROBED: readonly CaseGroup[] = [
  'upload',
  'tags',
  'versions',
  'conditions',
  'conditions of copies',
  'source conditions',
  'races',
  'races of processes',
  'replacement',
  'delete',
  'copy and move',
  'multipart',
  'resuming',
  'upload tickets',
  'multipart tickets',
];

/** What Ceph 20 does where it is asked to delete conditionally, which it is after a probe. */
const CEPH_20_PROBED: ConformanceHarness['deviations'] = {
  'while others delete the versions of a file, no update that was told to be done is lost': {
    reason:
      'an update goes with the version that it replaces, where that is deleted at the same time',
    async instead(context) {
      const changes = (await context.race(RACE)).flat();
      const deleted = new Set(changes.filter(({ to }) => !to).map(({ from }) => from));
      const updates = changes.filter(({ to }) => to !== undefined);
      const replaced = updates.flatMap(({ from }) => from ?? []);
      expect(replaced).toHaveLength(new Set(replaced).size); // no update is lost by another one
      const { provider } = context;
      const last = (await provider.exists('file')) ? (await provider.stat('file')).etag : undefined;
      const gone = updates.filter(
        ({ to }) => to !== last && !deleted.has(to) && !replaced.some((etag) => etag === to),
      );
      expect(gone.filter(({ from }) => !deleted.has(from))).toEqual([]);
    },
  },
};

describeOnCeph('over Ceph', (server) => {
  const is18 = isCeph18(server);
  const deviations = is18 ? CEPH_18 : {};
  testProvider({
    name: 'S3StorageProvider, by the profile for Ceph,',
    deviations,
    ...conformanceHarness(() => server, { server: 'ceph' }),
  });
  testProvider(
    {
      name: 'S3StorageProvider, as probed,',
      deviations: is18 ? CEPH_18 : CEPH_20_PROBED,
      ...conformanceHarness(() => server, { server: 'ceph' }, true),
    },
    PROBED,
  );
});
