import { parseCorsRules } from '../cors.js';
import { readDocument } from '../document-body.js';
import { S3Error, type S3ErrorCode } from '../error.js';
import { bucketOf, emptyResponse, type Operation, xmlResponse } from '../operation.js';
import { parseTaggingDocument } from '../tagging.js';
import { parseXml, xmlDocument } from '../xml.js';

/** A configuration that is kept and given back. The server acts on that of CORS, not on the others. */
interface DocumentKind {
  /** Root element; undefined for JSON. */
  readonly root: string | undefined;
  /** The answer while nothing was put. */
  readonly absent: S3ErrorCode | { readonly document: string };
  readonly check?: (text: string) => void;
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
  cors: {
    root: 'CORSConfiguration',
    absent: 'NoSuchCORSConfiguration',
    check: (text) => parseCorsRules(text),
  },
  encryption: {
    root: 'ServerSideEncryptionConfiguration',
    absent: { document: DEFAULT_ENCRYPTION },
  },
  lifecycle: { root: 'LifecycleConfiguration', absent: 'NoSuchLifecycleConfiguration' },
  ownershipControls: { root: 'OwnershipControls', absent: 'OwnershipControlsNotFoundError' },
  policy: { root: undefined, absent: 'NoSuchBucketPolicy', putStatus: 204 },
  publicAccessBlock: {
    root: 'PublicAccessBlockConfiguration',
    absent: 'NoSuchPublicAccessBlockConfiguration',
  },
  tagging: {
    root: 'Tagging',
    absent: 'NoSuchTagSet',
    putStatus: 204,
    check: (text) => parseTaggingDocument(text, 'Bucket'),
  },
  versioning: {
    root: 'VersioningConfiguration',
    absent: { document: xmlDocument('VersioningConfiguration', undefined) },
  },
} as const satisfies Readonly<Record<string, DocumentKind>>;

export type DocumentName = keyof typeof KINDS;

export function putDocument(name: DocumentName): Operation {
  const kind: DocumentKind = KINDS[name];
  return async (context) => {
    bucketOf(context);
    const text = await readDocument(context, MAXIMUM_DOCUMENT_BYTES);
    check(kind, text);
    bucketOf(context).setDocument(name, text);
    return emptyResponse(kind.putStatus ?? 200);
  };
}

export function getDocument(name: DocumentName): Operation {
  const kind: DocumentKind = KINDS[name];
  return (context) => {
    const { record } = bucketOf(context);
    const text = record.documents[name];
    const type = kind.root === undefined ? 'application/json' : 'application/xml';
    if (text !== undefined) return { status: 200, headers: { 'content-type': type }, body: text };
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

function check(kind: DocumentKind, text: string): void {
  if (kind.root !== undefined) {
    parseXml(text, kind.root);
    kind.check?.(text);
    return;
  }
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null) return;
  } catch {
    // told below
  }
  throw new S3Error(
    { code: 'MalformedPolicy', status: 400 },
    "Policies must be valid JSON and the first byte must be '{'",
  );
}

/** Access is the owner's alone, which the access control lists of buckets and objects say. */
export const getAcl: Operation = (context) => {
  const { owner } = bucketOf(context).record;
  return xmlResponse('AccessControlPolicy', [
    ['Owner', [['ID', owner]]],
    [
      'AccessControlList',
      [
        [
          'Grant',
          [
            ['Grantee', [['ID', owner]]],
            ['Permission', 'FULL_CONTROL'],
          ],
        ],
      ],
    ],
  ]);
};
