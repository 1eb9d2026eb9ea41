import { readDocument } from '../document-body.js';
import { S3Error } from '../error.js';
import {
  bucketOf,
  emptyResponse,
  type Operation,
  type OperationContext,
  xmlResponse,
} from '../operation.js';
import { parseXml } from '../xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const MAXIMUM_DOCUMENT_BYTES = 64 * 1024;

export function isBucketName(name: string): boolean {
  return BUCKET_NAME.test(name);
}

export const listBuckets: Operation = ({ store, authentication, request }) => {
  const { account } = authentication;
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
  const { store, region, authentication, request } = context;
  const name = request.bucket ?? '';
  if (!isBucketName(name)) {
    throw new S3Error('InvalidBucketName', undefined, { BucketName: name });
  }
  checkLocation(await readLocation(context), region);
  const existing = store.buckets.get(name);
  if (existing && existing.record.owner !== authentication.account.id) {
    throw new S3Error('BucketAlreadyExists', undefined, { BucketName: name });
  }
  // In us-east-1, and only there, creating one's own bucket again succeeds.
  if (existing && region !== 'us-east-1') {
    throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: name });
  }
  if (!existing) store.createBucket(name, authentication.account.id, region, context.now());
  return emptyResponse(200, { location: `/${name}` });
};

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
  if (bucket.objects.size > 0) {
    throw new S3Error('BucketNotEmpty', undefined, { BucketName: bucket.record.name });
  }
  context.store.deleteBucket(bucket);
  return emptyResponse(204);
};

/** The location of a bucket in us-east-1 is written as an empty element. */
export const getBucketLocation: Operation = (context) => {
  const { region } = bucketOf(context).record;
  return xmlResponse('LocationConstraint', region === 'us-east-1' ? undefined : region);
};
