import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

/** Tests run on the sources, so that a change shows without a build. */
const alias = [
  { find: /^@org\/storage-testkit\/(.+)$/, replacement: source('testkit/src/$1/index.ts') },
  { find: /^@org\/storage-(\w+)$/, replacement: source('$1/src/index.ts') },
];

const common = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          ...common,
          name: 'unit',
          include: ['{packages,apps}/*/test/**/*.test.ts'],
          exclude: ['**/*.ceph.test.ts', '**/*.large.test.ts'],
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
