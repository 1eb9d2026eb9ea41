import { commonPrefix } from '../listing.js';
import type { MultipartUpload } from '../multipart-upload.js';
import { bucketOf, type Operation, xmlResponse } from '../operation.js';
import { compareKeys } from '../ordered-keys.js';
import type { XmlElement } from '../xml.js';
import { readParameters } from './listings.js';
import { uploadOf } from './multipart.js';

export const listParts: Operation = (context) => {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const upload = uploadOf(context, bucket);
  const { record } = upload;
  const { maximum, encode, encoding } = readParameters(context, 'max-parts');
  const marker = Number(query.get('part-number-marker') ?? 0);
  const following = upload.parts().filter((part) => part.number > marker);
  const page = following.slice(0, maximum);
  const owner: XmlElement[] = [['ID', bucket.record.owner]];
  return xmlResponse('ListPartsResult', [
    ['Bucket', bucket.record.name],
    ['Key', encode(record.key)],
    ['UploadId', record.id],
    ['Initiator', owner],
    ['Owner', owner],
    ['StorageClass', record.storageClass],
    ['PartNumberMarker', marker],
    ['NextPartNumberMarker', page.at(-1)?.number ?? 0],
    ['MaxParts', maximum],
    ['EncodingType', encoding],
    ['IsTruncated', page.length < following.length],
    ['ChecksumAlgorithm', record.checksumAsked ? record.algorithm : undefined],
    ['ChecksumType', record.checksumAsked ? record.checksumType : undefined],
    ...page.map(
      (part): XmlElement => [
        'Part',
        [
          ['PartNumber', part.number],
          ['LastModified', new Date(part.lastModified).toISOString()],
          ['ETag', `"${part.etag}"`],
          ['Size', part.size],
          [`Checksum${record.algorithm}`, record.checksumAsked ? part.checksum : undefined],
        ],
      ],
    ),
  ]);
};

/** Ordered by key, and for one key by the time of the start. */
export const listMultipartUploads: Operation = (context) => {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const { prefix, delimiter, maximum, encode, encoding } = readParameters(context, 'max-uploads');
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const uploads = sortedUploads([...bucket.uploads.values()]);
  const start = firstAfter(uploads, keyMarker, idMarker);
  const elements: XmlElement[] = [];
  const prefixes: string[] = [];
  let last: MultipartUpload | undefined;
  let truncated = false;
  for (const upload of uploads.slice(start)) {
    const { key } = upload.record;
    if (!key.startsWith(prefix)) continue;
    const common = commonPrefix(key, prefix, delimiter);
    if (common !== undefined && (prefixes.at(-1) === common || keyMarker.startsWith(common))) {
      last = upload;
      continue;
    }
    if (elements.length + prefixes.length >= maximum) {
      truncated = maximum > 0;
      break;
    }
    last = upload;
    if (common === undefined)
      elements.push(['Upload', uploadElements(upload, encode, bucket.record.owner)]);
    else prefixes.push(common);
  }
  return xmlResponse('ListMultipartUploadsResult', [
    ['Bucket', bucket.record.name],
    ['KeyMarker', encode(keyMarker)],
    ['UploadIdMarker', idMarker],
    ['NextKeyMarker', last ? encode(last.record.key) : ''],
    ['NextUploadIdMarker', last?.record.id ?? ''],
    ['Prefix', prefix === '' ? undefined : encode(prefix)],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['EncodingType', encoding],
    ['MaxUploads', maximum],
    ['IsTruncated', truncated],
    ...elements,
    ...prefixes.map((common): XmlElement => ['CommonPrefixes', [['Prefix', encode(common)]]]),
  ]);
};

export function sortedUploads(uploads: MultipartUpload[]): MultipartUpload[] {
  return uploads.sort(
    ({ record: left }, { record: right }) =>
      compareKeys(left.key, right.key) ||
      left.initiated - right.initiated ||
      (left.id < right.id ? -1 : 1),
  );
}

function firstAfter(
  uploads: readonly MultipartUpload[],
  keyMarker: string,
  idMarker: string,
): number {
  const marker = uploads.findIndex(
    ({ record }) => record.key === keyMarker && record.id === idMarker,
  );
  if (marker >= 0) return marker + 1;
  const next = uploads.findIndex(({ record }) => compareKeys(record.key, keyMarker) > 0);
  return next < 0 ? uploads.length : next;
}

function uploadElements(
  { record }: MultipartUpload,
  encode: (text: string) => string,
  owner: string,
): XmlElement[] {
  return [
    ['Key', encode(record.key)],
    ['UploadId', record.id],
    ['Initiator', [['ID', owner]]],
    ['Owner', [['ID', owner]]],
    ['StorageClass', record.storageClass],
    ['Initiated', new Date(record.initiated).toISOString()],
    ['ChecksumAlgorithm', record.checksumAsked ? record.algorithm : undefined],
    ['ChecksumType', record.checksumAsked ? record.checksumType : undefined],
  ];
}
