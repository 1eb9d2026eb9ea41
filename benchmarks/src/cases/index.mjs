import { hybridCases } from './hybrid.mjs';
import { localCases } from './local.mjs';
import { metricsCases } from './metrics.mjs';
import { migrationCases } from './migration.mjs';
import { s3Cases } from './s3.mjs';

/** The pages in docs/benchmarks by their names, each with its cases and the libraries whose versions it tells. */
export const pages = {
  providers: {
    title: 'Providers against the raw SDK, `node:fs` and other libraries',
    libraries: ['@aws-sdk/client-s3', '@flystorage/file-storage', 'flydrive'],
    cases: { ...s3Cases, ...localCases },
  },
  hybrid: {
    title: 'Hybrid storage against S3 alone',
    introduction:
      '@org/storage-hybrid is in the mode `hybrid`, handed over, from a local directory to a bucket. `requests` are those to the S3 server for one operation, attempts that were repeated included.',
    libraries: ['@aws-sdk/client-s3'],
    cases: hybridCases,
  },
  migration: {
    title: 'Migrations against programs that copy',
    introduction:
      'From a directory to a bucket of the S3 server in process, each a command from its start to its end, but for s3-sync-client, which is called in a process that has it loaded.',
    libraries: ['@aws-sdk/client-s3', 's3-sync-client'],
    cases: migrationCases,
  },
  metrics: {
    title: 'What metrics cost',
    introduction:
      'A provider to which nobody listens, one to which somebody has listened, and the same with metrics for Prometheus, for OpenTelemetry, and with the alerts. Each round ends with a scrape, an export or a look.',
    libraries: ['@aws-sdk/client-s3'],
    cases: metricsCases,
  },
};

/**
 * A case: what is measured (`about`), how many `operations` one round has and how many bytes each moves, its `contestants`,
 * which of them the ratios refer to, and whether it `countsRequests`. A contestant gets `{ connection, directory }`, prepares
 * itself, and gives back the `work` of one round and, if a round needs it, how to `prepare` it: not measured.
 */
export const cases = Object.assign({}, ...Object.values(pages).map((page) => page.cases));
