import { StorageError } from '@org/storage-core';
import { type CostEstimate, type Endpoints, parseCostEstimate } from '@org/storage-migration';
import { readJson } from './read-json.js';

/**
 * The costs of a plan that `storage plan --json` has written.
 * @throws StorageError `InvalidArgument` if the file is no such plan, has no costs, or is the plan of another migration.
 */
export function plannedCost(file: string, { source, target }: Endpoints): CostEstimate {
  const fail = (why: string): never => {
    throw new StorageError('InvalidArgument', `${file} ${why}`);
  };
  const plan = readJson(file, 'a plan');
  if (!isRecord(plan) || plan['type'] !== 'plan' || plan['version'] !== 1)
    return fail('is not a plan that storage plan --json has written');
  const planned = { source: plan['source'], target: plan['target'] ?? target };
  if (planned.source !== source || planned.target !== target)
    return fail(
      `is a plan of ${planned.source} to ${planned.target}; the journal is of ${source} to ${target}`,
    );
  if (plan['cost'] === undefined)
    return fail(`has no costs: ${plan['noPrices'] ?? 'there were no prices'}`);
  return parseCostEstimate(plan['cost'], `the cost in ${file}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
