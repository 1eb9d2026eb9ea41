import { ACCOUNT_NUMBER, type User } from './account.js';
import { CREATES_OBJECT } from './actions.js';
import type { ConditionValues } from './policy-condition.js';
import type { Tag } from './records.js';
import type { S3Request } from './request.js';
import type { OperationName } from './router.js';
import { parseTaggingHeader } from './tagging.js';

/** What is asked for, as far as conditions look at it. */
export interface Circumstances {
  readonly operation: OperationName;
  readonly request: S3Request;
  readonly user: User | undefined;
  /** Without it, of no object. */
  readonly action: string;
  /** In place of the request’s prefix: the key, where it is asked whether its absence may be told. */
  readonly prefix?: string | undefined;
  /** In place of the request’s header: what DeleteObjects expects of this one. */
  readonly match?: string | undefined;
  readonly existingTags?: readonly Tag[] | undefined;
}

const LISTS = new Set(['s3:ListBucket', 's3:ListBucketVersions']);
const CHANGES = new Set(['s3:PutObject', 's3:DeleteObject']);

/** A key of S3 has a value only with the actions that it is said to belong to. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
export function conditionValues(circumstances: Circumstances): ConditionValues {
  const { operation, request, user, action } = circumstances;
  const { headers, query } = request;
  return (key) => {
    switch (key) {
      case 'aws:securetransport':
        return String('encrypted' in request.message.socket);
      case 'aws:sourceip':
        return request.message.socket.remoteAddress?.replace(/^::ffff:/, '');
      case 'aws:referer':
        return headers.get('referer');
      case 'aws:useragent':
        return headers.get('user-agent');
      case 'aws:username':
        return user?.name;
      case 'aws:principalarn':
        return user?.arn;
      case 'aws:principalaccount':
        return user && ACCOUNT_NUMBER;
      case 's3:objectcreationoperation':
        return action === 's3:PutObject' ? String(CREATES_OBJECT.has(operation)) : undefined;
      case 's3:if-match':
        return CHANGES.has(action) ? (circumstances.match ?? headers.get('if-match')) : undefined;
      case 's3:if-none-match':
        return action === 's3:PutObject' ? headers.get('if-none-match') : undefined;
      case 's3:prefix':
        if (!LISTS.has(action)) return undefined;
        return circumstances.prefix ?? query.get('prefix');
      case 's3:delimiter':
      case 's3:max-keys':
        return LISTS.has(action) ? query.get(key.slice('s3:'.length)) : undefined;
      case 's3:versionid':
        return query.get('versionId');
      case 's3:requestobjecttagkeys':
        return requestTags(request)?.map((tag) => tag.key);
      default:
        return ofName(key, circumstances);
    }
  };
}

function ofName(key: string, { request, existingTags }: Circumstances): string | undefined {
  const [kind, name] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
  const tagged = (tags: readonly Tag[] | undefined) =>
    tags?.find((tag) => tag.key.toLowerCase() === name)?.value;
  if (kind === 's3:requestobjecttag') return tagged(requestTags(request));
  if (kind === 's3:existingobjecttag') return tagged(existingTags);
  return request.headers.get(key.slice('s3:'.length));
}

/** Those of the header; those of a document are not known before it is read. */
function requestTags({ headers }: S3Request): readonly Tag[] | undefined {
  const header = headers.get('x-amz-tagging');
  return header === undefined ? undefined : parseTaggingHeader(header);
}
