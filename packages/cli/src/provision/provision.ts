import {
  applyBucket,
  type BucketOutcome,
  type BucketPlan,
  createBucketClient,
  isPending,
  planBucket,
} from '@org/storage-s3/provision';
import { confirm } from '../confirm.js';
import { writeJson } from '../display.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { listenForInterrupt } from '../interrupt.js';
import { bucketSide } from './bucket-side.js';
import { outcomeLines, planLines } from './lines.js';
import type { ProvisionOptions } from './provision-options.js';

/** Tells in what the bucket differs from what it shall be, asks, and makes it so. */
export async function provision(
  url: string | undefined,
  options: ProvisionOptions,
): Promise<ExitCode> {
  const { options: place, settings } = await bucketSide(url, options);
  const { bucket, server } = place;
  const client = createBucketClient(place);
  try {
    const plan = await planBucket(client, bucket, settings, { server });
    tellPlan(plan, options);
    if (!plan.differences.some(isPending)) return exitCodeOf(plan, []);
    if (options.dryRun) return EXIT.refused;
    if (!(await confirm('Make these changes?', options))) return EXIT.interrupted;
    using interrupt = listenForInterrupt(() => {});
    const { stop: signal } = interrupt;
    const outcomes = await applyBucket(client, plan, { signal });
    tellOutcomes(outcomes, options);
    const again = await planBucket(client, bucket, settings, { server, signal });
    const left = withoutUnsupported(again, outcomes);
    tellPlan(left, options);
    return exitCodeOf(left, outcomes);
  } finally {
    client.destroy();
  }
}

/** What the server has been seen not to keep can’t be told from what it has not got yet. */
function withoutUnsupported(plan: BucketPlan, outcomes: readonly BucketOutcome[]): BucketPlan {
  const unsupported = outcomes.filter(({ result }) => result === 'unsupported');
  const names = unsupported.map(({ setting }) => setting);
  const differences = plan.differences.filter(({ setting }) => !names.includes(setting));
  return { ...plan, differences };
}

function exitCodeOf(plan: BucketPlan, outcomes: readonly BucketOutcome[]): ExitCode {
  const isFine =
    outcomes.every(({ result }) => result === 'done' || result === 'unsupported') &&
    plan.differences.every(({ kind }) => kind === 'none' || kind === 'unsupported');
  return isFine ? EXIT.done : EXIT.unresolved;
}

function tellPlan(plan: BucketPlan, { json }: ProvisionOptions): void {
  const { bucket, server, differences } = plan;
  if (json) writeJson({ type: 'plan', bucket, server, differences });
  else process.stdout.write(`${planLines(plan).join('\n')}\n`);
}

function tellOutcomes(outcomes: readonly BucketOutcome[], { json }: ProvisionOptions): void {
  if (json) writeJson({ type: 'outcomes', outcomes });
  else process.stdout.write(`${outcomeLines(outcomes).join('\n')}\n`);
}
