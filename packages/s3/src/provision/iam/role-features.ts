import { StorageError } from '@org/storage-core';
import type { IamPolicyOptions, Role } from './iam-policy.js';
import type { PolicyFeatures } from './role.js';

type Feature = keyof PolicyFeatures;

const ALL: readonly Feature[] = [
  ...([
    'tags',
    'versioning',
    'versions',
    'unfinishedUploads',
    'probe',
    'acl',
    'kmsKey',
    'fleet',
  ] as const),
];

const OF_ROLE: Readonly<Record<Role, readonly Feature[]>> = {
  application: ALL,
  migrator: ['versioning', 'probe', 'acl', 'kmsKey', 'fleet'],
  readonly: ['tags', 'versioning', 'versions', 'kmsKey'],
  provisioner: [],
};

/** What is not offered while two stores are one. */
const NOT_IN_A_MODE: readonly Feature[] = ['tags', 'versions', 'unfinishedUploads'];

/** @throws StorageError `InvalidArgument` for what would mean nothing. */
export function checkFeatures(role: Role, options: IamPolicyOptions): void {
  const { mode, features = {}, settings } = options;
  if (settings !== undefined && role !== 'provisioner') {
    throw new StorageError(
      'InvalidArgument',
      `settings: only a provisioner has them, not the ${role}`,
    );
  }
  if (mode !== undefined && role !== 'application') {
    throw new StorageError('InvalidArgument', `mode: only an application has one, not the ${role}`);
  }
  const asked = ALL.filter(
    (feature) => features[feature] !== undefined && features[feature] !== false,
  );
  const unknown = asked.find((feature) => !OF_ROLE[role].includes(feature));
  if (unknown !== undefined) {
    throw new StorageError('InvalidArgument', `${unknown}: the ${role} makes no use of it`);
  }
  const idle = asked.find((feature) => mode !== undefined && NOT_IN_A_MODE.includes(feature));
  if (idle !== undefined) {
    throw new StorageError(
      'InvalidArgument',
      `${idle}: not offered in the mode ${mode}, while two stores are one; leave out the mode once the migration has ended`,
    );
  }
}
