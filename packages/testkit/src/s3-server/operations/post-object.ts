import { checkPermission } from '../access.js';
import { ANONYMOUS } from '../authentication.js';
import { parseWriteCondition } from '../conditions.js';
import { ContentVerification } from '../content-verification.js';
import { parseDeclaredChecksum } from '../declared-checksum.js';
import { parseDescription } from '../description.js';
import { invalidArgument } from '../error.js';
import { readForm } from '../form-data.js';
import { objectLocation } from '../object-location.js';
import {
  bucketOf,
  keyOf,
  type Operation,
  type OperationContext,
  type S3Response,
  xmlResponse,
} from '../operation.js';
import { checkPostPolicy, type LengthRange, parsePostPolicy, withinRange } from '../post-policy.js';
import { authenticateForm, missingField } from '../post-signature.js';
import { MAXIMUM_BYTES, storeContent } from '../receive.js';
import type { Tag } from '../records.js';
import { RequestHeaders } from '../request.js';
import { parseTaggingDocument } from '../tagging.js';
import { checkKeyAccess } from '../user-access.js';
import { askedAlgorithm } from './copy-object.js';
import { livingBucket, newObject, writtenHeaders } from './write-object.js';

/** An upload by an HTML form. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export const postObject: Operation = async (outer) => {
  const form = await readForm(outer.request.headers.get('content-type'), outer.wire);
  const fields = expanded(form.fields, form.filename);
  const { context, range } = admit(outer, fields);
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const { headers } = context.request;
  const description = parseDescription(headers, bucket.record);
  const tags = parseTags(fields);
  if (tags.length > 0) checkPermission(bucket, context.sender, 's3:PutObjectTagging', key);
  checkKeyAccess(context, description.encryption, 'kms:GenerateDataKey');
  const declared = parseDeclaredChecksum(headers, context.authentication.payload);
  const computed = declared?.algorithm ?? askedAlgorithm(headers) ?? 'CRC64NVME';
  const verification = new ContentVerification(headers, declared, computed);
  const watch = bucket.watch(key);
  try {
    return await storeContent(
      context,
      withinRange(form.content, { ...range, maximum: Math.min(range.maximum, MAXIMUM_BYTES) }),
      verification,
      (size) => verification.finish(size, new Map()),
      (content) => {
        const object = newObject(context, { key, description, tags, content });
        const condition = parseWriteCondition(headers);
        const written = livingBucket(context, bucket).put(object, condition, watch.deleted);
        return success(context, fields, writtenHeaders(context, bucket, written), written.etag);
      },
    );
  } finally {
    watch.close();
  }
};

/** The fields with the name of the file in them; conditions are checked against what comes out. */
function expanded(
  fields: ReadonlyMap<string, string>,
  filename: string,
): ReadonlyMap<string, string> {
  // The policy is signed as it came, and may itself speak of the variable.
  const expand = (name: string, value: string) =>
    name === 'policy' ? value : value.replace(/\$\{filename\}/g, () => filename);
  return new Map([...fields].map(([name, value]) => [name, expand(name, value)]));
}

/** Verifies signature and policy; the context is then that of a request with the form's fields for headers. */
function admit(
  outer: OperationContext,
  fields: ReadonlyMap<string, string>,
): { context: OperationContext; range: LengthRange } {
  const { request, accounts, region } = outer;
  const account = authenticateForm(fields, accounts, region);
  const policy = parsePostPolicy(fields.get('policy') ?? '');
  const all = new Map([...fields, ['bucket', request.bucket ?? '']]);
  const range = checkPostPolicy(policy, all, outer.now());
  const key = fields.get('key') || missingField('key');
  const posted = { ...request, key, headers: headersOf(fields) };
  const context: OperationContext = {
    ...outer,
    request: posted,
    authentication: { ...ANONYMOUS, account },
    sender: { account: account.id, user: account.user, operation: 'PostObject', request: posted },
  };
  return { context, range };
}

/** Fields that are the object's headers under another name, or none of its headers. */
const RENAMED = new Map([['acl', 'x-amz-acl']]);
const NO_HEADERS = new Set(['key', 'policy', 'tagging', 'bucket', 'if-match']);

/** Header values are characters of Latin-1, one for each byte, wherever they come from. */
function headersOf(fields: ReadonlyMap<string, string>): RequestHeaders {
  const raw = [...fields]
    .filter(([name]) => !NO_HEADERS.has(name) && !name.startsWith('x-ignore-'))
    .flatMap(([name, value]) => {
      if (/[^\t\x20-\x7e\x80-\u{10ffff}]/u.test(value)) {
        throw invalidArgument('Invalid character in a field of the form', name, value);
      }
      return [RENAMED.get(name) ?? name, Buffer.from(value, 'utf8').toString('latin1')];
    });
  return new RequestHeaders(raw, new Map());
}

function parseTags(fields: ReadonlyMap<string, string>): readonly Tag[] {
  const document = fields.get('tagging');
  return document === undefined ? [] : parseTaggingDocument(document, 'Object');
}

/** Statuses that a form may ask for; any other gives 204. */
const STATUSES = ['200', '201'];

function success(
  context: OperationContext,
  fields: ReadonlyMap<string, string>,
  headers: Record<string, string>,
  etag: string,
): S3Response {
  const { bucket = '', key = '' } = context.request;
  const location = objectLocation(context);
  const redirect = redirection(fields);
  if (redirect) {
    redirect.searchParams.append('bucket', bucket);
    redirect.searchParams.append('key', key);
    redirect.searchParams.append('etag', `"${etag}"`);
    return { status: 303, headers: { ...headers, location: redirect.href } };
  }
  const status = fields.get('success_action_status') ?? '204';
  if (status === '201') {
    const content = [
      ['Location', location],
      ['Bucket', bucket],
      ['Key', key],
      ['ETag', `"${etag}"`],
    ] as const;
    return { ...xmlResponse('PostResponse', content, { ...headers, location }), status: 201 };
  }
  return { status: STATUSES.includes(status) ? 200 : 204, headers: { ...headers, location } };
}

/** Where the browser is sent; what is no URL is ignored. */
function redirection(fields: ReadonlyMap<string, string>): URL | undefined {
  const address = fields.get('success_action_redirect') ?? fields.get('redirect');
  if (address === undefined || !/^https?:/i.test(address) || !URL.canParse(address)) {
    return undefined;
  }
  return new URL(address);
}
