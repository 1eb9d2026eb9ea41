import { isPublicPolicy, policyOf } from '../bucket-policy.js';
import { parseCorsRules } from '../cors.js';
import { readDocument } from '../document-body.js';
import { parseDefaultEncryption } from '../encryption.js';
import { invalidArgument, S3Error, type S3ErrorCode } from '../error.js';
import { parseLifecycleRules } from '../lifecycle-rules.js';
import { checkLogging } from '../logging.js';
import { bucketOf, emptyResponse, type Operation, xmlResponse } from '../operation.js';
import { parseOwnership } from '../ownership.js';
import { parseBucketPolicy } from '../policy-document.js';
import { parsePublicAccessBlock, publicAccessBlockOf } from '../public-access-block.js';
import type { BucketRecord } from '../records.js';
import type { RequestHeaders } from '../request.js';
import type { Store } from '../store.js';
import { parseTaggingDocument } from '../tagging.js';
import { parseVersioning } from '../versioning.js';
import { xmlDocument } from '../xml.js';

/** A configuration that is kept as it was put, and given back. */
interface DocumentKind {
  readonly type: 'xml' | 'json';
  /** The answer while nothing was put. */
  readonly absent: S3ErrorCode | { readonly document: string };
  /** Throws what S3 answers to a document that is none of its kind. */
  readonly check: (text: string, bucket: BucketRecord, store: Store) => void;
  /** Kept with the document, and given back with it. */
  readonly header?: { readonly name: string; readonly values: readonly [string, ...string[]] };
  /** Status of a successful PUT. */
  readonly putStatus?: number;
}

const MAXIMUM_DOCUMENT_BYTES = 1024 * 1024;

const DEFAULT_ENCRYPTION = xmlDocument('ServerSideEncryptionConfiguration', [
  [
    'Rule',
    [
      ['ApplyServerSideEncryptionByDefault', [['SSEAlgorithm', 'AES256']]],
      ['BucketKeyEnabled', false],
    ],
  ],
]);

const KINDS = {
  cors: { type: 'xml', absent: 'NoSuchCORSConfiguration', check: parseCorsRules },
  encryption: {
    type: 'xml',
    absent: { document: DEFAULT_ENCRYPTION },
    check: parseDefaultEncryption,
  },
  lifecycle: {
    type: 'xml',
    absent: 'NoSuchLifecycleConfiguration',
    check: parseLifecycleRules,
    header: {
      name: 'x-amz-transition-default-minimum-object-size',
      values: ['all_storage_classes_128K', 'varies_by_storage_class'],
    },
  },
  logging: {
    type: 'xml',
    absent: { document: xmlDocument('BucketLoggingStatus', undefined) },
    check: checkLogging,
  },
  ownershipControls: {
    type: 'xml',
    absent: 'OwnershipControlsNotFoundError',
    check: parseOwnership,
  },
  policy: { type: 'json', absent: 'NoSuchBucketPolicy', putStatus: 204, check: checkPolicy },
  publicAccessBlock: {
    type: 'xml',
    absent: 'NoSuchPublicAccessBlockConfiguration',
    check: parsePublicAccessBlock,
  },
  tagging: {
    type: 'xml',
    absent: 'NoSuchTagSet',
    putStatus: 204,
    check: (text) => parseTaggingDocument(text, 'Bucket'),
  },
  versioning: {
    type: 'xml',
    absent: { document: xmlDocument('VersioningConfiguration', undefined) },
    check: parseVersioning,
  },
} as const satisfies Readonly<Record<string, DocumentKind>>;

export type DocumentName = keyof typeof KINDS;

export function putDocument(name: DocumentName): Operation {
  const kind: DocumentKind = KINDS[name];
  return async (context) => {
    const { record } = bucketOf(context);
    const text = await readDocument(context, MAXIMUM_DOCUMENT_BYTES);
    kind.check(text, record, context.store);
    const bucket = bucketOf(context);
    const headers = kind.header && givenHeader(kind.header, context.request.headers);
    for (const [header, value] of Object.entries(headers ?? {})) bucket.setDocument(header, value);
    bucket.setDocument(name, text);
    return emptyResponse(kind.putStatus ?? 200, headers);
  };
}

export function getDocument(name: DocumentName): Operation {
  const kind: DocumentKind = KINDS[name];
  return (context) => {
    const { record } = bucketOf(context);
    const text = record.documents[name];
    const type = `application/${kind.type}`;
    if (text !== undefined) {
      const headers = kind.header && keptHeader(kind.header.name, record);
      return { status: 200, headers: { 'content-type': type, ...headers }, body: text };
    }
    if (typeof kind.absent === 'string') {
      throw new S3Error(kind.absent, undefined, { BucketName: record.name });
    }
    return { status: 200, headers: { 'content-type': type }, body: kind.absent.document };
  };
}

export function deleteDocument(name: DocumentName): Operation {
  return (context) => {
    bucketOf(context).setDocument(name, undefined);
    return emptyResponse(204);
  };
}

type KeptHeader = NonNullable<DocumentKind['header']>;

/** The first of its values is S3's default, which a PUT without it goes back to. */
function givenHeader({ name, values }: KeptHeader, headers: RequestHeaders) {
  const value = headers.get(name) ?? values[0];
  if (values.includes(value)) return { [name]: value };
  throw invalidArgument(`Invalid value for ${name}`, name, value);
}

function keptHeader(name: string, { documents }: BucketRecord): Record<string, string> {
  const value = documents[name];
  return value === undefined ? {} : { [name]: value };
}

export const getBucketPolicyStatus: Operation = (context) => {
  const { record } = bucketOf(context);
  const policy = policyOf(record);
  if (!policy) throw new S3Error('NoSuchBucketPolicy', undefined, { BucketName: record.name });
  return xmlResponse('PolicyStatus', [['IsPublic', isPublicPolicy(policy)]]);
};

function checkPolicy(text: string, bucket: BucketRecord): void {
  const policy = parseBucketPolicy(text, bucket.name);
  if (publicAccessBlockOf(bucket).BlockPublicPolicy && isPublicPolicy(policy)) {
    throw new S3Error(
      'AccessDenied',
      'public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.',
    );
  }
}
