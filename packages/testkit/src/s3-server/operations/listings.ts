import { invalidArgument } from '../error.js';
import { type Listing, listPage, urlEncode } from '../listing.js';
import { bucketOf, type Operation, type OperationContext, xmlResponse } from '../operation.js';
import type { ObjectRecord } from '../records.js';
import type { XmlElement } from '../xml.js';

const MAXIMUM_KEYS = 1000;

/** Continuation tokens are opaque to clients; these hold the last entry of the page before. */
const TOKEN_PREFIX = '1';

export const listObjectsV2: Operation = (context) => {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const parameters = readParameters(context);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const after = token === undefined ? startAfter : decodeToken(token);
  const listing = listPage(bucket.objects, { ...parameters, after });
  const { encode } = parameters;
  const withOwner = query.get('fetch-owner') === 'true';
  return xmlResponse('ListBucketResult', [
    ['Name', bucket.record.name],
    ['Prefix', encode(parameters.prefix)],
    ['StartAfter', startAfter === '' ? undefined : encode(startAfter)],
    ['ContinuationToken', token],
    ['NextContinuationToken', listing.truncated ? encodeToken(listing.last ?? '') : undefined],
    ['KeyCount', listing.entries.length],
    ['MaxKeys', parameters.maximum],
    ['Delimiter', parameters.delimiter === '' ? undefined : encode(parameters.delimiter)],
    ['EncodingType', parameters.encoding],
    ['IsTruncated', listing.truncated],
    ...entryElements(listing, encode, withOwner ? bucket.record.owner : undefined),
  ]);
};

export const listObjects: Operation = (context) => {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const parameters = readParameters(context);
  const marker = query.get('marker') ?? '';
  const listing = listPage(bucket.objects, { ...parameters, after: marker });
  const { encode } = parameters;
  const next = listing.truncated && parameters.delimiter !== '' ? listing.last : undefined;
  return xmlResponse('ListBucketResult', [
    ['Name', bucket.record.name],
    ['Prefix', encode(parameters.prefix)],
    ['Marker', encode(marker)],
    ['NextMarker', next === undefined ? undefined : encode(next)],
    ['MaxKeys', parameters.maximum],
    ['Delimiter', parameters.delimiter === '' ? undefined : encode(parameters.delimiter)],
    ['EncodingType', parameters.encoding],
    ['IsTruncated', listing.truncated],
    ...entryElements(listing, encode, bucket.record.owner),
  ]);
};

interface ListingParameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maximum: number;
  readonly encoding: 'url' | undefined;
  readonly encode: (text: string) => string;
}

export function readParameters(
  { request }: OperationContext,
  maximumName = 'max-keys',
): ListingParameters {
  const { query } = request;
  const maximum = query.get(maximumName);
  if (maximum !== undefined && !/^\d{1,10}$/.test(maximum)) {
    throw invalidArgument(
      `Provided ${maximumName} not an integer or within integer range`,
      maximumName,
      maximum,
    );
  }
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw invalidArgument(
      'Invalid Encoding Method specified in Request',
      'encoding-type',
      encoding,
    );
  }
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maximum: Math.min(Number(maximum ?? MAXIMUM_KEYS), MAXIMUM_KEYS),
    encoding,
    encode: encoding === 'url' ? urlEncode : (text) => text,
  };
}

function entryElements(
  listing: Listing<ObjectRecord>,
  encode: (text: string) => string,
  owner: string | undefined,
): XmlElement[] {
  const contents: XmlElement[] = [];
  const prefixes: XmlElement[] = [];
  for (const entry of listing.entries) {
    if (entry.type === 'prefix') {
      prefixes.push(['CommonPrefixes', [['Prefix', encode(entry.prefix)]]]);
    } else {
      contents.push(['Contents', objectElements(entry.value, encode, owner)]);
    }
  }
  return [...contents, ...prefixes];
}

function objectElements(
  object: ObjectRecord,
  encode: (text: string) => string,
  owner: string | undefined,
): XmlElement[] {
  return [
    ['Key', encode(object.key)],
    ['LastModified', new Date(object.lastModified).toISOString()],
    ['ETag', `"${object.etag}"`],
    ['ChecksumAlgorithm', object.checksum.algorithm],
    ['ChecksumType', object.checksum.type],
    ['Size', object.size],
    ['Owner', owner === undefined ? undefined : [['ID', owner]]],
    ['StorageClass', object.storageClass],
  ];
}

function encodeToken(last: string): string {
  return Buffer.from(`${TOKEN_PREFIX}${last}`).toString('base64');
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith(TOKEN_PREFIX) || encodeToken(text.slice(1)) !== token) {
    throw invalidArgument(
      'The continuation token provided is incorrect',
      'continuation-token',
      token,
    );
  }
  return text.slice(TOKEN_PREFIX.length);
}
