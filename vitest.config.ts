import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

/** Tests run on the sources, so that a change shows without a build. */
const alias = [
  { find: /^@org\/storage-testkit\/(.+)$/, replacement: source('testkit/src/$1/index.ts') },
  { find: /^@org\/storage-(\w+)$/, replacement: source('$1/src/index.ts') },
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
  'packages/cli/test/{control,fleet,migrate,migrate-live,migrate-options,plan,references,report,resumption,retire,sync}.test.ts',
  'packages/{local/test/list,s3/test/upload}.test.ts',
  'apps/demo/test/live.test.ts',
  'packages/hybrid/test/{fleet/races,spool/*,*.conformance}.test.ts',
  'packages/migration/test/{fleet-postgres,journal/postgres,live/live-migration,retire/killed}.test.ts',
  'packages/migration/test/{references/*,simulation/{exhaustive,traces}}.test.ts',
  'packages/testkit/test/postgres/lifetime.test.ts',
];

const common = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    maxWorkers: '100%', // Vitest leaves one processor alone, which of two is half
    projects: [
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'unit',
          include: unit,
          exclude: elsewhere,
        },
      },
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'quick',
          include: unit,
          exclude: [...elsewhere, ...lengthy],
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
