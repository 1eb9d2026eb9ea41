import { isObjectAction } from './actions.js';
import { S3Error } from './error.js';
import {
  type Choice,
  type Fields,
  fieldsOf,
  malformedPolicy,
  parseStatement,
  parseStatements,
  type Statement,
  texts,
} from './policy-statement.js';
import { matchesWildcard } from './wildcard.js';

/**
 * The policy of a bucket. Of principals, all (`*`), accounts by their canonical user id and users by their ARN are known; other
 * ARNs are taken and match nobody.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 */
export interface BucketPolicy {
  readonly statements: readonly BucketStatement[];
}

interface BucketStatement extends Statement {
  /** `*`, canonical user ids, account numbers and ARNs. */
  readonly principals: readonly string[];
}

export const ARN = 'arn:aws:s3:::';

/** Throws MalformedPolicy for what S3 does not take. */
export function parseBucketPolicy(text: string, bucket: string): BucketPolicy {
  return { statements: parseStatements(text, (value) => parseBucketStatement(value, bucket)) };
}

function parseBucketStatement(value: unknown, bucket: string): BucketStatement {
  const { fields, statement } = parseStatement(value, ['Principal', 'NotPrincipal']);
  const { actions, resources } = statement;
  if (!actions.patterns.every((action) => /^(\*|s3:[A-Za-z*?]+)$/.test(action))) {
    throw malformedPolicy('Policy has invalid action');
  }
  if (!resources.patterns.every((resource) => isOf(bucket, resource))) {
    throw malformedPolicy('Policy has invalid resource');
  }
  checkActionsApply(actions, resources);
  return { ...statement, principals: parsePrincipals(fields) };
}

function parsePrincipals({ Principal: principal, NotPrincipal: excluded }: Fields): string[] {
  if (excluded !== undefined) {
    throw new S3Error('NotImplemented', 'NotPrincipal is not evaluated by this server');
  }
  if (principal === undefined) throw malformedPolicy('Missing required field Principal');
  if (principal === '*') return ['*'];
  if (typeof principal === 'string') throw malformedPolicy('Invalid principal in policy');
  return Object.entries(fieldsOf(principal)).flatMap(([type, value]) => {
    const ids = texts(value, 'Principal');
    const form = PRINCIPALS[type];
    if (!form || !ids.every((id) => form.test(id))) {
      throw malformedPolicy('Invalid principal in policy');
    }
    return ids;
  });
}

const PRINCIPALS: Readonly<Record<string, RegExp>> = {
  AWS: /^(\*|\d{12}|arn:aws:(iam|sts)::\d{12}:[\w+=,.@/-]+)$/,
  CanonicalUser: /^[0-9a-f]{64}$/,
  Service: /^[\w.-]+$/,
};

function isOf(bucket: string, resource: string): boolean {
  if (!resource.startsWith(ARN)) return false;
  const [name = ''] = resource.slice(ARN.length).split('/', 1);
  return matchesWildcard(name, bucket);
}

/** An action on objects makes no sense on the bucket, nor the other way round. */
function checkActionsApply(actions: Choice, resources: Choice): void {
  if (actions.excluded || resources.excluded) return;
  const ofObjects = (resource: string) => resource.includes('/') || resource.endsWith('*');
  const ofBucket = (resource: string) => !resource.includes('/');
  const fits = actions.patterns.every((action) => {
    if (/[*?]/.test(action)) return true;
    return resources.patterns.some(isObjectAction(action) ? ofObjects : ofBucket);
  });
  if (!fits) throw malformedPolicy('Action does not apply to any resource(s) in statement');
}
