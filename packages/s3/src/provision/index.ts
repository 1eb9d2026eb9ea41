export type { LeftoverReport } from '../trial/leftovers.js';
export type { Patience } from '../trial/place.js';
export { applyBucket, type BucketApplyOptions, type BucketOutcome } from './bucket/apply.js';
export { createBucketClient } from './bucket/client.js';
export {
  type BucketDifference,
  type BucketPlan,
  differenceLines,
  isPending,
} from './bucket/difference.js';
export { type BucketPlanOptions, planBucket } from './bucket/plan.js';
export type {
  BucketAccess,
  BucketCors,
  BucketEncryption,
  BucketLifecycle,
  BucketLogging,
  BucketSettings,
  CorsMethod,
  LifecycleStorageClass,
  Ownership,
  PublicAccessBlock,
} from './bucket/settings.js';
export type { PolicyConditions, PolicyDocument, PolicyStatement } from './iam/document.js';
export { migratorGuard } from './iam/guard.js';
export { type IamPolicyOptions, iamPolicy, MAX_POLICY_SIZE, type Role } from './iam/iam-policy.js';
export { bucketArn, type PolicyPlace } from './iam/place.js';
export type { ApplicationMode, FileRole, PolicyFeatures } from './iam/role.js';
export type { CredentialsOrigin, FoundCredentials } from './permissions/credentials.js';
export { type BucketInspection, inspectBucket } from './permissions/inspection.js';
export {
  PERMISSIONS,
  type Permission,
  type PermissionReport,
  type PermissionTrial,
} from './permissions/permission.js';
export {
  type CloudFormationResource,
  type CloudFormationTemplate,
  cloudFormationTemplate,
} from './templates/cloudformation.js';
export type { Infrastructure, InfrastructureRole } from './templates/infrastructure.js';
export {
  type TerraformBlock,
  type TerraformConfiguration,
  terraformConfiguration,
} from './templates/terraform.js';
