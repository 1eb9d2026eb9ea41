import { StorageError } from '@org/storage-core';
import type { BucketSettings } from '../bucket/settings.js';
import type { PolicyDocument } from '../iam/document.js';
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
}

export interface DesiredRole {
  /** Of the resources that belong to it: letters and digits, unique, begins with a capital. */
  readonly name: string;
  readonly description: string;
  readonly policy: PolicyDocument;
  /** Who may take it. */
  readonly trust: object | undefined;
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
    roles: roles.map(({ role, trusts, ...options }) => {
      const number = (times.get(role) ?? 0) + 1;
      times.set(role, number);
      return {
        name: `${role.charAt(0).toUpperCase()}${role.slice(1)}${number === 1 ? '' : number}`,
        description: `What the ${role} of the bucket ${bucket} needs`,
        policy: iamPolicy(role, {
          ...{ bucket, region, ...options },
          ...(role === 'provisioner' ? { settings } : {}),
        }),
        trust: trusts === undefined ? undefined : trustPolicy(trusts),
      };
    }),
  };
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
