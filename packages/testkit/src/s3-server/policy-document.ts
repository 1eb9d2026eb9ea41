import { isObjectAction } from './actions.js';
import { S3Error } from './error.js';
import { checkCondition, type PolicyCondition } from './policy-condition.js';
import { matchesWildcard } from './wildcard.js';

/**
 * The policy of a bucket. Of principals, all (`*`) and accounts by their canonical user id are known; those written as
 * ARNs are taken and match nobody, as this server's accounts have none.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
 */
export interface BucketPolicy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** `*`, canonical user ids and ARNs. */
  readonly principals: readonly string[];
  readonly actions: Choice;
  readonly resources: Choice;
  readonly conditions: readonly PolicyCondition[];
}

/** What is named, or, for NotAction and NotResource, all but that. */
export interface Choice {
  readonly patterns: readonly string[];
  readonly excluded: boolean;
}

export const ARN = 'arn:aws:s3:::';

/** Throws MalformedPolicy for what S3 does not take. */
export function parseBucketPolicy(text: string, bucket: string): BucketPolicy {
  const document = parseJson(text);
  refuseUnknown(document, ['Version', 'Id', 'Statement']);
  const { Version: version, Statement: content } = document;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformedPolicy('The policy must contain a valid version string');
  }
  if (content === undefined) throw malformedPolicy('Missing required field Statement');
  const statements: readonly unknown[] = Array.isArray(content) ? content : [content];
  if (statements.length === 0) {
    throw malformedPolicy('Could not parse the policy: Statement is empty!');
  }
  return { statements: statements.map((statement) => parseStatement(statement, bucket)) };
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(text: string): Fields {
  if (text.startsWith('{')) {
    try {
      return fieldsOf(JSON.parse(text));
    } catch (error) {
      if (error instanceof S3Error) throw error;
    }
  }
  throw new S3Error('MalformedPolicy');
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedPolicy('Invalid policy syntax.');
  }
  return value as Fields;
}

function parseStatement(value: unknown, bucket: string): Statement {
  const fields = fieldsOf(value);
  refuseUnknown(fields, [
    ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction'],
    ...['Resource', 'NotResource', 'Condition'],
  ]);
  const { Effect: effect, Condition: condition } = fields;
  if (effect === undefined) throw malformedPolicy('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw malformedPolicy(`Invalid effect: ${String(effect)}`);
  }
  const actions = parseChoice(fields, 'Action');
  const resources = parseChoice(fields, 'Resource');
  if (!actions.patterns.every((action) => /^(\*|s3:[A-Za-z*?]+)$/.test(action))) {
    throw malformedPolicy('Policy has invalid action');
  }
  if (!resources.patterns.every((resource) => isOf(bucket, resource))) {
    throw malformedPolicy('Policy has invalid resource');
  }
  checkActionsApply(actions, resources);
  const conditions = condition === undefined ? [] : parseConditions(condition);
  return { effect, principals: parsePrincipals(fields), actions, resources, conditions };
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

function parseChoice(fields: Fields, name: 'Action' | 'Resource'): Choice {
  const included = fields[name];
  const excluded = fields[`Not${name}`];
  if ((included === undefined) === (excluded === undefined)) {
    throw malformedPolicy(`Missing required field ${name}`);
  }
  const patterns = texts(included ?? excluded, name);
  return { patterns, excluded: excluded !== undefined };
}

function texts(value: unknown, field: string): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item !== 'string') throw malformedPolicy(`Invalid policy syntax in ${field}`);
    return item;
  });
}

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

function parseConditions(value: unknown): PolicyCondition[] {
  return Object.entries(fieldsOf(value)).flatMap(([operator, keys]) =>
    Object.entries(fieldsOf(keys)).map(([key, expected]) => {
      const list: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
      const values = list.map((item) => {
        if (!['string', 'boolean', 'number'].includes(typeof item)) {
          throw malformedPolicy('Invalid policy syntax in Condition');
        }
        return String(item);
      });
      const condition: PolicyCondition = { operator, key: key.toLowerCase(), values };
      checkCondition(condition);
      return condition;
    }),
  );
}

function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformedPolicy(`Unknown field ${unknown}`);
}

function malformedPolicy(message: string): S3Error {
  return new S3Error('MalformedPolicy', message);
}
