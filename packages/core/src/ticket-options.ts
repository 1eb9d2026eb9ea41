import { checkChecksums } from './checksum.js';
import { StorageError } from './error.js';
import {
  checkBytes,
  checkDescription,
  checkHeaders,
  checkId,
  checkNames,
  checkVersionId,
  isObject,
  type Names,
  operation,
  record,
  version,
} from './options.js';
import {
  type DownloadUrlOptions,
  MAX_EXPIRY,
  type MultipartTicketOptions,
  type PostTicketOptions,
  type PutTicketOptions,
  type UploadTicketOptions,
} from './ticket.js';

const downloadUrl: Names<DownloadUrlOptions> = {
  ...version,
  expiresIn: true,
  contentType: true,
  contentDisposition: true,
  cacheControl: true,
};
const ticket = {
  ...operation,
  type: true,
  expiresIn: true,
  contentType: true,
  contentDisposition: true,
  cacheControl: true,
  metadata: true,
  tags: true,
} as const;
const tickets: {
  readonly put: Names<PutTicketOptions>;
  readonly post: Names<PostTicketOptions>;
  readonly multipart: Names<MultipartTicketOptions>;
} = {
  put: { ...ticket, contentLength: true, checksums: true, condition: true },
  post: { ...ticket, size: true, checksums: true },
  multipart: {
    ...ticket,
    contentLength: true,
    partSize: true,
    partChecksums: true,
    uploadId: true,
    partNumbers: true,
  },
};

/**
 * As the functions for options of other operations.
 * @throws StorageError `InvalidArgument`.
 */
export function checkDownloadUrlOptions(options: DownloadUrlOptions): void {
  checkNames(options, downloadUrl);
  checkVersionId(options.versionId);
  checkExpiry(options.expiresIn);
  checkHeaders(options);
}

export function checkUploadTicketOptions(options: UploadTicketOptions): void {
  const { type = 'put' } = options;
  if (!Object.hasOwn(tickets, type))
    throw new StorageError('InvalidArgument', 'a ticket is of type "put", "post" or "multipart"');
  checkNames(options, tickets[type]);
  checkExpiry(options.expiresIn);
  checkDescription(options);
  if (options.type === 'multipart') {
    checkBytes('contentLength', options.contentLength ?? Number.NaN);
    checkBytes('partSize', options.partSize);
    checkId('uploadId', options.uploadId);
    const { partChecksums: given = [] as unknown } = options;
    if (!Array.isArray(given))
      throw new StorageError('InvalidArgument', 'partChecksums is a list of checksums');
    for (const checksums of given) checkChecksums(record('partChecksums', checksums));
    const { partNumbers = [] as unknown } = options;
    if (
      !(
        Array.isArray(partNumbers) &&
        partNumbers.every((number) => Number.isSafeInteger(number) && number > 0)
      )
    )
      throw new StorageError('InvalidArgument', 'partNumbers is a list of numbers, from 1 on');
    return;
  }
  checkChecksums(record('checksums', options.checksums));
  if (options.type === 'post') {
    const { min = 0, max } = record('size', options.size);
    checkBytes('size.min', min);
    checkBytes('size.max', max ?? Number.NaN);
    if (min > Number(max))
      throw new StorageError('InvalidArgument', 'size.min is no more than size.max');
    return;
  }
  checkBytes('contentLength', options.contentLength);
  const { condition } = options;
  if (condition !== undefined && !(isObject(condition, 'type') && condition.type === 'absent'))
    throw new StorageError('InvalidArgument', 'the condition of a ticket is { type: "absent" }');
}

function checkExpiry(seconds: unknown): void {
  if (seconds === undefined) return;
  if (Number.isSafeInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= MAX_EXPIRY)
    return;
  throw new StorageError(
    'InvalidArgument',
    `expiresIn is a whole number of seconds, 1 to ${MAX_EXPIRY}`,
  );
}
