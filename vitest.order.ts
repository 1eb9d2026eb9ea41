import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Suites of more than half a minute, the longest first. */
const LONGEST = [
  'reference/test/load/load.ceph',
  'reference/test/load/load',
  's3/test/conformance.ceph',
  'cli/test/rehearsal.ceph',
  'migration/test/crash/every-step',
  'migration/test/simulation/simulated-way-back',
  's3/test/conformance',
  'hybrid/test/directory-and-bucket.conformance',
  'migration/test/live/live-migration',
  'migration/test/live/live-migration.ceph',
  'migration/test/workers/faults',
  'migration/test/simulation/mutants',
  'docs/test/snippets',
  'hybrid/test/fleet/races',
  'hybrid/test/spool/conformance',
  'migration/test/backfill/resumed-upload',
  'migration/test/retire/killed',
  'migration/test/workers/workers',
  'cli/test/workers',
  'hybrid/test/bucket-and-directory.conformance',
  'migration/test/crash/postgres',
  'migration/test/crash/killed',
  'testkit/test/postgres/lifetime',
  'local/test/conformance',
  'local/test/list',
  'migration/test/simulation/simulated-copying',
  'migration/test/together/processes',
  'migration/test/simulation/traces',
  'migration/test/simulation/simulated-reversal',
  'testkit/test/conformance/mutants',
  'migration/test/journal/postgres',
  'cli/test/interruption',
  'migration/test/simulation/simulated-spool',
  'cli/test/migrate.ceph',
  's3/test/transfers',
  'migration/test/simulation/simulated-overlay',
].map((path) => `/${path}.test.ts`);

/**
 * Long suites first, so that none is alone at the end, whatever an earlier run has recorded; those that share a process last, one after
 * the other, which is also where they fill what is left.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const ranked = sorted.map((file) => ({ file, rank: rankOf(file) }));
    return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file);
  }
}

function rankOf({ moduleId, project }: TestSpecification): number {
  if (!project.config.isolate) return LONGEST.length + 1;
  const rank = LONGEST.findIndex((path) => moduleId.endsWith(path));
  return rank < 0 ? LONGEST.length : rank;
}
