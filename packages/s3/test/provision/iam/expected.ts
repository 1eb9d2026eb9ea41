import {
  type ApplicationMode,
  type FileRole,
  grantsOf,
  type PolicyFeatures,
} from '../../../src/provision/iam/role.js';

/** The operations of S3 that the policy of the role was made for, each once. */
export function operationsOfRole(
  role: FileRole,
  features: PolicyFeatures = {},
  mode?: ApplicationMode,
): readonly string[] {
  const calls = grantsOf(role, mode, features, true).flatMap((grant) => grant.calls);
  return [...new Set(calls.map((call) => call.replace(/ .*/, '')))].sort();
}
