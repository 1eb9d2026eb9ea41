import { checkServicePermission } from '../access.js';
import { arnOf } from '../bucket-policy.js';
import { readDocument } from '../document-body.js';
import { invalidArgument, S3Error } from '../error.js';
import {
  accountOfSender,
  bucketOf,
  emptyResponse,
  type Operation,
  type OperationContext,
  xmlResponse,
} from '../operation.js';
import { isOwnership, type Ownership } from '../ownership.js';
import type { RequestHeaders } from '../request.js';
import { parseXml } from '../xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const MAXIMUM_DOCUMENT_BYTES = 64 * 1024;

export function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name);
}

export const listBuckets: Operation = (context) => {
  const { store, request } = context;
  const account = accountOfSender(context);
  checkServicePermission(context.sender, '*');
  const prefix = request.query.get('prefix') ?? '';
  const buckets = [...store.buckets.values()]
    .map((bucket) => bucket.record)
    .filter((record) => record.owner === account.id && record.name.startsWith(prefix))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  return xmlResponse('ListAllMyBucketsResult', [
    ['Owner', [['ID', account.id]]],
    [
      'Buckets',
      buckets.map((bucket) => [
        'Bucket',
        [
          ['Name', bucket.name],
          ['CreationDate', new Date(bucket.created).toISOString()],
        ],
      ]),
    ],
  ]);
};

export const createBucket: Operation = async (context) => {
  const { store, region, request } = context;
  const owner = accountOfSender(context).id;
  const name = request.bucket ?? '';
  checkServicePermission(context.sender, arnOf(name));
  if (!isBucketName(name)) {
    throw new S3Error('InvalidBucketName', undefined, { BucketName: name });
  }
  const ownership = parseOwnershipHeaders(request.headers);
  checkLocation(await readLocation(context), region);
  const existing = store.buckets.get(name);
  if (existing && existing.record.owner !== owner) {
    throw new S3Error('BucketAlreadyExists', undefined, { BucketName: name });
  }
  // In us-east-1, and only there, creating one's own bucket again succeeds.
  if (existing && region !== 'us-east-1') {
    throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: name });
  }
  if (!existing) store.createBucket(name, owner, region, context.now(), ownership);
  return emptyResponse(200, { location: `/${name}` });
};

/** A bucket is private when it is made: its public access is blocked, so that no list could open it. */
function parseOwnershipHeaders(headers: RequestHeaders): Ownership {
  const ownership = headers.get('x-amz-object-ownership') ?? 'BucketOwnerEnforced';
  if (!isOwnership(ownership)) {
    throw invalidArgument('Invalid ObjectOwnership value', 'x-amz-object-ownership', ownership);
  }
  const acl = headers.get('x-amz-acl') ?? 'private';
  if (acl === 'private') return ownership;
  throw ownership === 'BucketOwnerEnforced'
    ? new S3Error('InvalidBucketAclWithObjectOwnership')
    : new S3Error('InvalidBucketAclWithBlockPublicAccessError');
}

async function readLocation(context: OperationContext): Promise<string | undefined> {
  const length = context.request.headers.get('content-length');
  if (length === undefined || length === '0') {
    if (!context.request.headers.has('transfer-encoding')) return undefined;
  }
  const text = await readDocument(context, MAXIMUM_DOCUMENT_BYTES);
  if (text === '') return undefined;
  return parseXml(text, 'CreateBucketConfiguration').text('LocationConstraint');
}

function checkLocation(location: string | undefined, region: string): void {
  const asked = location === undefined || location === '' ? 'us-east-1' : location;
  if (asked === region) return;
  if (
    location !== undefined &&
    region === 'us-east-1' &&
    !/^[a-z]{2}(-[a-z]+)+-\d$|^EU$/.test(location)
  ) {
    throw new S3Error('InvalidLocationConstraint', undefined, { LocationConstraint: location });
  }
  throw new S3Error(
    'IllegalLocationConstraintException',
    `The ${location ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

export const headBucket: Operation = (context) => {
  const { region } = bucketOf(context).record;
  return emptyResponse(200, {
    'content-type': 'application/xml',
    'x-amz-bucket-region': region,
    'x-amz-access-point-alias': 'false',
  });
};

export const deleteBucket: Operation = (context) => {
  const bucket = bucketOf(context);
  if (bucket.versions.size > 0) {
    throw new S3Error(
      'BucketNotEmpty',
      bucket.objects.size > 0
        ? undefined
        : 'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
      { BucketName: bucket.record.name },
    );
  }
  context.store.deleteBucket(bucket);
  return emptyResponse(204);
};

/** The location of a bucket in us-east-1 is written as an empty element. */
export const getBucketLocation: Operation = (context) => {
  const { region } = bucketOf(context).record;
  return xmlResponse('LocationConstraint', region === 'us-east-1' ? undefined : region);
};
