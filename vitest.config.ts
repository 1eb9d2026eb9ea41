import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './vitest.order.ts';

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

/** Tests run on the sources, so that a change shows without a build. */
const alias = [
  { find: /^@org\/storage-(\w+)\/(.+)$/, replacement: source('$1/src/$2/index.ts') },
  { find: /^@org\/storage-(\w+)$/, replacement: source('$1/src/index.ts') },
  { find: /^@org\/storage$/, replacement: source('storage/src/index.ts') },
];

const unit = ['{packages,apps}/*/test/**/*.test.ts'];
const elsewhere = ['**/*.ceph.test.ts', '**/*.large.test.ts'];

/**
 * Suites of many seconds: whole conformance runs, those that start the command again and again, those that move many large
 * files.
 */
const lengthy = [
  '**/{conformance,mutants,generation,interruption,failure,contention,many-files,installed}.test.ts',
  '**/{transfers,resumed-upload,resumed-download,failed-upload,multipart-uploads,local-to-s3}.test.ts',
  'packages/cli/test/{back,configured/*,control,disks,doctor-command,doctor-databases,fleet,left-behind,journal-postgres,metrics,migrate,migrate-live,migrate-options,own-process,plan,references,report,resumption,retire,sync,together,workers}.test.ts',
  'packages/{local/test/list,s3/test/{upload,provision/**}}.test.ts',
  'apps/reference/test/migration/{dashboard,demo,instances,killed,program}.test.ts',
  'packages/hybrid/test/{fleet/races,spool/*,*.conformance}.test.ts',
  'packages/migration/test/{fleet-postgres,journal/postgres,live/live-migration,retire/killed}.test.ts',
  'packages/migration/test/{crash/*,disks,gate/disks,references/*,permissions/*,together/*,workers/*}.test.ts',
  'packages/migration/test/simulation/{exhaustive,traces}.test.ts',
  'packages/storage/test/factory/{live-switch,packages}.test.ts',
  'packages/testkit/test/postgres/lifetime.test.ts',
  'packages/http/test/tus/{killed-server,tus-store}.test.ts',
  'apps/reference/test/web/!(build).test.ts',
  'apps/reference/test/server/{direct,postgres,crash,schema,database/schema}.test.ts',
];

/**
 * Short suites that share a process, one after the other, and with it the modules that they load: loading takes longer than most of
 * them do. None of them leaves anything behind in a module or in the process, replaces a module, or measures what the process has
 * open; all others have a process of their own.
 */
const sharing = [
  'packages/core/test/!(tracing).test.ts',
  'packages/{testkit/test/simulator,migration/test/plan,migration/test/verify,storage/test/config}/*.test.ts',
  'packages/testkit/test/s3-server/!(command|connection|restart).test.ts',
  'packages/testkit/test/conformance/{deviations,hostile-keys}.test.ts',
  'packages/hybrid/test/{modes,overlay,fleet/!(killed|processes|races),spool/{conflict,drainer,interleaving,outage}}.test.ts',
  'packages/layers/test/{cache-control,completeness,concurrency-limit,detect-content-type,prefix,read-only}.test.ts',
  'packages/migration/test/{failures,fleet-sqlite,group-commit,progress,retry,reversal,unchanged,verify}.test.ts',
  'packages/migration/test/backfill/{adaptive-concurrency,adopt,dry-run,new-directory,selection,time-windows}.test.ts',
  'packages/migration/test/{gate/{cutover,gate},journal/sqlite,sync/*,together/parts,workers/{packed-error,shared-bandwidth}}.test.ts',
  'packages/migration/test/report/{breakdown,export,formats,runs,side-by-side,timeline}.test.ts',
  'packages/migration/test/retire/{clean,dropped,lost-lease,restore-files,revert-run,sweep-tombstones}.test.ts',
  'packages/s3/test/{acl,bucket,condition,content*,continued-body,copy-condition,crc-combination,download,encryption}.test.ts',
  'packages/s3/test/{error,list,metadata,odd-answers,parallel-download,part-size,secrets,signing,source,tags,versions}.test.ts',
  'packages/storage/test/factory/{flags,layers,providers,storages}.test.ts',
  'packages/cli/test/{disk-id,display,duration,exit-code,format,frame,help,quantity,s3-url,rehearsal/judge}.test.ts',
];

const common = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  server: { deps: { external: [/\/packages\/\w+\/dist\//] } }, // the built command, where a suite runs that
};

export default defineConfig({
  test: {
    maxWorkers: availableParallelism() + 1, // suites that start processes, or wait for a time to pass, leave a processor idle
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'unit',
          include: unit,
          exclude: [...elsewhere, ...sharing],
        },
      },
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'shared',
          include: sharing,
          isolate: false,
        },
      },
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'quick',
          include: unit,
          exclude: [...elsewhere, ...lengthy, ...sharing],
          env: { STORAGE_SCHEDULES: '50' },
        },
      },
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'ceph',
          include: ['{packages,apps}/*/test/**/*.ceph.test.ts'],
          globalSetup: ['./vitest.ceph.ts'],
        },
      },
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'large',
          include: ['{packages,apps}/*/test/**/*.large.test.ts'],
          globalSetup: ['./vitest.ceph.ts'],
          testTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
