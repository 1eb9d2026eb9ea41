import { concurrencyCases } from './concurrency.mjs';
import { hybridCases } from './hybrid.mjs';
import { localCases } from './local.mjs';
import { metricsCases } from './metrics.mjs';
import { migrationCases } from './migration.mjs';
import { s3Cases } from './s3.mjs';
import { scanCases } from './scan.mjs';

const COMMANDS =
  'From a directory to a bucket. Each contestant is a command, from its start to its end; CPU and peak memory are those of all its processes together.';

/**
 * The pages in docs/benchmarks by their names, each with its cases and the libraries whose versions it tells; `servers` are those that it can run
 * on, where not all, the first by default; a page that is `onRequest` takes so long that it runs only when it is named.
 */
export const pages = {
  providers: {
    title: 'Providers against the raw SDK, `node:fs` and other libraries',
    libraries: ['@aws-sdk/client-s3', '@flystorage/file-storage', 'flydrive'],
    servers: ['process', 'ceph'],
    cases: { ...s3Cases, ...localCases },
  },
  hybrid: {
    title: 'Hybrid storage against S3 alone',
    introduction:
      '@org/storage-hybrid is in the mode `hybrid`, handed over, from a local directory to a bucket. `requests` are those to the S3 server for one operation, attempts that were repeated included.',
    libraries: ['@aws-sdk/client-s3'],
    servers: ['process', 'ceph'],
    cases: hybridCases,
  },
  migration: {
    title: 'Migrations against programs that copy',
    introduction: COMMANDS,
    libraries: ['@aws-sdk/client-s3', 's3-sync-client'],
    programs: true,
    servers: ['process', 'sink', 'ceph'],
    cases: migrationCases,
  },
  concurrency: {
    title: 'How many files at once',
    introduction: `${COMMANDS} \`auto\` is \`--concurrency auto\`, which finds out by itself how many files the server bears.`,
    libraries: ['@aws-sdk/client-s3'],
    servers: ['process', 'sink', 'ceph'],
    cases: concurrencyCases,
  },
  scan: {
    title: 'A million files that are there already',
    introduction: COMMANDS,
    libraries: ['@aws-sdk/client-s3'],
    programs: true,
    servers: ['sink', 'process', 'ceph'],
    onRequest: true,
    cases: scanCases,
  },
  metrics: {
    title: 'What metrics cost',
    introduction:
      'A provider to which nobody listens, one to which somebody has listened, and the same with metrics for Prometheus, for OpenTelemetry, and with the alerts. Each round ends with a scrape, an export or a look.',
    libraries: ['@aws-sdk/client-s3'],
    servers: ['process', 'ceph'],
    cases: metricsCases,
  },
};

/**
 * A case: what is measured (`about`), how many `operations` one round has and how many bytes each moves, its `contestants`,
 * which of them the ratios refer to (`baseline`, and `limit`: what can't be done for less), whether it `countsRequests`, the `network` before the
 * server, and how many `rounds` there are after one to warm up (`warmUp`). A contestant is opened with `{ connection, directory, programs, signal }`,
 * prepares itself, and gives back the `work` of one round and, if a round needs it, how to `prepare` and `check` it: not measured. Of a work in
 * other processes it gives back what they have used.
 */
export const cases = Object.assign({}, ...Object.values(pages).map((page) => page.cases));
