import { invalidArgument } from '../error.js';
import { bucketOf, type Operation, type OperationContext, xmlResponse } from '../operation.js';
import { checkVersionId } from '../version-id.js';
import { listVersionsPage, type VersionEntry } from '../version-listing.js';
import type { XmlElement } from '../xml.js';
import { readParameters } from './listings.js';

export const listObjectVersions: Operation = (context) => {
  const bucket = bucketOf(context);
  const { prefix, delimiter, maximum, encode, encoding } = readParameters(context);
  const keyMarker = context.request.query.get('key-marker') ?? '';
  const versionIdMarker = parseVersionIdMarker(context, keyMarker);
  const query = { prefix, delimiter, keyMarker, versionIdMarker, maximum };
  const { entries, next } = listVersionsPage(bucket.versions, query);
  const versions = entries.flatMap((entry) =>
    entry.type === 'version' ? [versionElement(entry, encode, bucket.record.owner)] : [],
  );
  const prefixes = entries.flatMap((entry): XmlElement[] =>
    entry.type === 'prefix' ? [['CommonPrefixes', [['Prefix', encode(entry.prefix)]]]] : [],
  );
  return xmlResponse('ListVersionsResult', [
    ['Name', bucket.record.name],
    ['Prefix', encode(prefix)],
    ['KeyMarker', encode(keyMarker)],
    ['VersionIdMarker', versionIdMarker ?? ''],
    ['NextKeyMarker', next && encode(next.key)],
    ['NextVersionIdMarker', next?.versionId],
    ['MaxKeys', maximum],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['EncodingType', encoding],
    ['IsTruncated', next !== undefined],
    ...versions,
    ...prefixes,
  ]);
};

function parseVersionIdMarker(
  { request }: OperationContext,
  keyMarker: string,
): string | undefined {
  const marker = request.query.get('version-id-marker');
  if (marker === undefined) return undefined;
  if (keyMarker === '') {
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      marker,
    );
  }
  if (marker === '') {
    throw invalidArgument('A version-id marker cannot be empty.', 'version-id-marker', marker);
  }
  return checkVersionId(marker, 'version-id-marker');
}

function versionElement(
  { version, isLatest }: Extract<VersionEntry, { type: 'version' }>,
  encode: (text: string) => string,
  owner: string,
): XmlElement {
  const identity: XmlElement[] = [
    ['Key', encode(version.key)],
    ['VersionId', version.versionId],
    ['IsLatest', isLatest],
    ['LastModified', new Date(version.lastModified).toISOString()],
    ['Owner', [['ID', owner]]],
  ];
  if (version.type === 'marker') return ['DeleteMarker', identity];
  return [
    'Version',
    [
      ...identity,
      ['ETag', `"${version.etag}"`],
      ['ChecksumAlgorithm', version.checksum.algorithm],
      ['ChecksumType', version.checksum.type],
      ['Size', version.size],
      ['StorageClass', version.storageClass],
    ],
  ];
}
