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

const unit = [
  '{packages,apps}/*/test/**/*.test.ts',
  'docs/test/**/*.test.ts',
  'benchmarks/test/*.test.mjs',
  'scripts/test/*.test.mjs',
];
const elsewhere = ['**/*.ceph.test.ts', '**/*.large.test.ts'];

/**
 * Suites of many seconds: whole conformance runs, those that start the command again and again, those that move many large
 * files.
 */
const lengthy = [
  '**/{conformance,mutants,generation,interruption,failure,contention,many-files,installed}.test.ts',
  '**/{transfers,resumed-upload,resumed-download,failed-upload,multipart-uploads,local-to-s3}.test.ts',
  'packages/cli/test/{back,configured/*,control,disks,doctor{,-*},fleet,left-behind,lost-journal,journal-postgres,metrics,migrate,migrate-live,migrate-options,missing,own-process,plan,plugins,references,report,resumption,retire,sync,together,workers}.test.ts',
  'packages/{local/test/{crash,list,trash},s3/test/{connections,memory,probe,tickets,upload,provision/**}}.test.ts',
  'apps/reference/test/migration/{back,dashboard,demo,instances,killed,open,program,service,take-over}.test.ts',
  'packages/hybrid/test/{fleet/races,spool/*,*.conformance}.test.ts',
  'packages/migration/test/{fleet-postgres,journal/postgres,live/live-migration,retire/killed}.test.ts',
  'packages/migration/test/{crash/*,disks,gate/disks,references/*,permissions/*,together/*,workers/*}.test.ts',
  'packages/migration/test/simulation/{exhaustive,late-writes,traces}.test.ts',
  'packages/storage/test/factory/{live-switch,packages}.test.ts',
  'packages/testkit/test/{daemons/watchdog,faults/faults,races/processes,postgres/lifetime,s3-server/connection}.test.ts',
  'packages/http/test/{download/s3,tickets/ticket-handler,tus/{killed-server,tus-store},{browser,idle,nginx}/*,servers/slow-clients}.test.ts',
  'packages/metrics/test/alerts/promtool.test.ts',
  'docs/test/snippets.test.ts',
  'scripts/test/new-provider.test.mjs',
  'apps/reference/test/web/!(build).test.ts',
  'apps/reference/test/{load/load,server/{connections,crash,departed,direct,hostile,lease,postgres,schema,start,thumbnails,database/*}}.test.ts',
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
  'packages/hybrid/test/{modes,overlay,fleet/!(killed|processes|races),spool/{conflict,drainer,interleaving,outage,s3}}.test.ts',
  'packages/layers/test/!(conformance).test.ts',
  'packages/local/test/{damaged-content,directory-sync,links,mounts,paths,reclaim,ways-out}.test.ts',
  'packages/http/test/{answer,download/{headers,paths,ranges,rfc9110},redirect/handler,tus/protocol}.test.ts',
  'packages/http/test/upload/{content-kind,safe-filename,upload-progress}.test.ts',
  'packages/metrics/test/{readme,alerts/{prometheus-rules,rules}}.test.ts',
  'packages/migration/test/{failures,fleet-sqlite,group-commit,live,migrate-obstacles,migrate-sources,progress,retry,reversal}.test.ts',
  'packages/migration/test/{unchanged,verify,worker-pool,permissions/application}.test.ts',
  'packages/migration/test/references/{check-references,sqlite-references,update-references}.test.ts',
  'packages/migration/test/backfill/{adaptive-concurrency,adopt,dry-run,missing-copies,new-directory,options,selection,time-windows}.test.ts',
  'packages/migration/test/{gate/{cutover,gate},journal/sqlite,sync/*,workers/{packed-error,shared-bandwidth}}.test.ts',
  'packages/migration/test/report/{breakdown,export,formats,runs,side-by-side,timeline}.test.ts',
  'packages/migration/test/retire/{clean,dropped,lost-lease,restore-files,retire-files,revert-run,sweep-tombstones}.test.ts',
  'packages/s3/test/{acl,bucket,condition,content*,continued-body,copy-condition,crc-combination,download,encryption}.test.ts',
  'packages/s3/test/{error,list,metadata,odd-answers,parallel-download,part-size,secrets,signing,source,tags,versions}.test.ts',
  'packages/s3/test/provision/{bucket/!(*.ceph),iam/{denied,guard,iam-policy,provisioner},templates/*}.test.ts',
  'packages/storage/test/factory/{flags,layers,providers,storages}.test.ts',
  'packages/cli/test/{disk-id,display,duration,exit-code,format,frame,help,output,quantity,s3-url,watch,rehearsal/judge}.test.ts',
];

const common = {
  expect: { poll: { timeout: 30_000 } }, // as long as a busy machine may take
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
          env: { STORAGE_SCHEDULES: '30' },
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
