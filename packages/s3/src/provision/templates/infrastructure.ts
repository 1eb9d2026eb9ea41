import { StorageError } from '@org/storage-core';
import { NO_POLICY, parsePolicy } from '../bucket/policy-document.js';
import type { BucketSettings } from '../bucket/settings.js';
import type { PolicyDocument, PolicyStatement } from '../iam/document.js';
import { migratorGuard } from '../iam/guard.js';
import { type IamPolicyOptions, iamPolicy, type Role } from '../iam/iam-policy.js';
import { type DesiredBucket, desiredBucket } from './desired-bucket.js';

/** A bucket, and who works on it. */
export interface Infrastructure {
  /** Name of the bucket. */
  readonly bucket: string;
  /** Where it is. */
  readonly region: string;
  /** As for `planBucket`. */
  readonly settings?: BucketSettings | undefined;
  /** Default: none, only the bucket. */
  readonly roles?: readonly InfrastructureRole[] | undefined;
}

export interface InfrastructureRole extends Pick<IamPolicyOptions, 'prefix' | 'mode' | 'features'> {
  readonly role: Role;
  /**
   * Who may take the role: a service, such as `ecs-tasks.amazonaws.com`, or the ARN of a user, a role or an account. Default:
   * there is a policy only, to be attached to a role that is there.
   */
  readonly trusts?: string | undefined;
  /**
   * Of a migrator with `trusts`, whose role is made here: whether the bucket itself holds it to the protocol, whatever else it is
   * allowed, by `migratorGuard`. Default `false`.
   */
  readonly guard?: boolean | undefined;
}

export interface DesiredRole {
  /** Of the resources that belong to it: letters and digits, unique, begins with a capital. */
  readonly name: string;
  readonly description: string;
  readonly policy: PolicyDocument;
  /** Who may take it. */
  readonly trust: object | undefined;
  /** What the policy of the bucket denies the role, without its name. */
  readonly guard: readonly Omit<PolicyStatement, 'Principal'>[];
}

export interface DesiredInfrastructure {
  readonly bucket: DesiredBucket;
  readonly roles: readonly DesiredRole[];
}

/** @throws StorageError `InvalidArgument`. */
export function desiredInfrastructure(given: Infrastructure): DesiredInfrastructure {
  const { bucket, region, settings = {}, roles = [] } = given;
  if (settings.region !== undefined && settings.region !== region) {
    throw new StorageError(
      'InvalidArgument',
      `region: the settings say ${settings.region}, and the template ${region}`,
    );
  }
  const times = new Map<Role, number>();
  return {
    bucket: desiredBucket(bucket, settings, region),
    roles: roles.map(({ role, trusts, guard = false, ...options }) => {
      const number = (times.get(role) ?? 0) + 1;
      times.set(role, number);
      if (guard && (role !== 'migrator' || trusts === undefined)) {
        throw new StorageError(
          'InvalidArgument',
          'guard: the bucket guards against a migrator’s role that is made here: say who may take it (trusts)',
        );
      }
      return {
        name: `${role.charAt(0).toUpperCase()}${role.slice(1)}${number === 1 ? '' : number}`,
        description: `What the ${role} of the bucket ${bucket} needs`,
        policy: iamPolicy(role, {
          ...{ bucket, region, ...options },
          ...(role === 'provisioner' ? { settings } : {}),
        }),
        trust: trusts === undefined ? undefined : trustPolicy(trusts),
        guard: guard ? guardOf({ bucket, region, ...options }, number) : [],
      };
    }),
  };
}

/** A role is named only when it is made. */
const ANY_ROLE = 'arn:aws:iam::000000000000:role/any';

function guardOf(
  { bucket, region, prefix, features }: Parameters<typeof iamPolicy>[1] & { region: string },
  number: number,
): DesiredRole['guard'] {
  const statements = migratorGuard(ANY_ROLE, { bucket, region, prefix, fleet: features?.fleet });
  return statements.map(({ Principal: _, Sid, ...statement }) => ({
    Sid: number === 1 ? Sid : `${Sid}${number}`,
    ...statement,
  }));
}

/**
 * The policy of the bucket with what it denies roles that are made beside it; undefined: there is none.
 * @param principalOf How the document calls a role.
 */
export function bucketPolicy(
  { bucket, roles }: DesiredInfrastructure,
  principalOf: (role: DesiredRole) => unknown,
): { readonly Statement: readonly unknown[] } | undefined {
  const guards = roles.flatMap((role) =>
    role.guard.map((statement) => ({ ...statement, Principal: { AWS: principalOf(role) } })),
  );
  const { head, statements } = bucket.policy === undefined ? NO_POLICY : parsePolicy(bucket.policy);
  if (statements.length + guards.length === 0) return undefined;
  return { ...head, Statement: [...statements, ...guards] };
}

const SERVICE = /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/;
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]+)$/;

function trustPolicy(trusts: string): object {
  const isService = SERVICE.test(trusts);
  if (!isService && !PRINCIPAL.test(trusts)) {
    throw new StorageError(
      'InvalidArgument',
      `trusts: ${JSON.stringify(trusts)} is neither a service, such as ecs-tasks.amazonaws.com, nor the ARN of a user, a role or an account`,
    );
  }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: isService ? { Service: trusts } : { AWS: trusts },
        Action: 'sts:AssumeRole',
      },
    ],
  };
}
