import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  isWellFormed,
  parseAlgorithm,
} from './checksum.js';
import { S3Error } from './error.js';
import type { PayloadDeclaration } from './payload-declaration.js';
import type { RequestHeaders } from './request.js';

/** The checksum that comes with a body: its value in a header, or in a trailer behind the body. */
export interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined where a trailer will tell. */
  readonly value: string | undefined;
}

export function parseDeclaredChecksum(
  headers: RequestHeaders,
  payload: PayloadDeclaration,
): DeclaredChecksum | undefined {
  const inHeaders = checksumHeaders(headers);
  const trailer = headers.get('x-amz-trailer');
  if (inHeaders.length + (trailer === undefined ? 0 : 1) > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const declared =
    trailer === undefined ? inHeaders[0] : { algorithm: trailerAlgorithm(trailer, payload) };
  checkSdkAlgorithm(headers, declared?.algorithm);
  return declared && { value: undefined, ...declared };
}

/** Checksums given in headers, each of the right length. */
function checksumHeaders(
  headers: RequestHeaders,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string }[] {
  return CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = headers.get(checksumHeader(algorithm));
    return value === undefined ? [] : [{ algorithm, value: wellFormed(algorithm, value) }];
  });
}

function wellFormed(algorithm: ChecksumAlgorithm, value: string): string {
  if (isWellFormed(algorithm, value)) return value;
  throw new S3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

function trailerAlgorithm(trailer: string, payload: PayloadDeclaration): ChecksumAlgorithm {
  if (payload.type !== 'chunked' || !payload.trailer) throw new S3Error('MalformedTrailerError');
  const algorithm = CHECKSUM_ALGORITHMS.find(
    (candidate) => checksumHeader(candidate) === trailer.trim().toLowerCase(),
  );
  if (algorithm) return algorithm;
  throw new S3Error(
    'InvalidRequest',
    'The value specified in the x-amz-trailer header is not supported',
  );
}

function checkSdkAlgorithm(headers: RequestHeaders, declared: ChecksumAlgorithm | undefined): void {
  const value = headers.get('x-amz-sdk-checksum-algorithm');
  if (value === undefined) return;
  const algorithm = parseAlgorithm(value);
  if (!algorithm || (declared && declared !== algorithm)) {
    throw new S3Error(
      'InvalidRequest',
      'Value for x-amz-sdk-checksum-algorithm header is invalid.',
    );
  }
  if (!declared) {
    throw new S3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
}

/** The value that the body has to match, once all of it has come. */
export function expectedValue(
  declared: DeclaredChecksum,
  trailers: ReadonlyMap<string, string>,
): string {
  if (declared.value !== undefined) return declared.value;
  const value = trailers.get(checksumHeader(declared.algorithm));
  if (value === undefined || trailers.size > 1) throw new S3Error('MalformedTrailerError');
  if (!isWellFormed(declared.algorithm, value)) {
    throw new S3Error(
      'InvalidRequest',
      `Value for ${checksumHeader(declared.algorithm)} trailing header is invalid.`,
    );
  }
  return value;
}

export function checksumMismatch(algorithm: ChecksumAlgorithm): S3Error {
  return new S3Error(
    'BadDigest',
    `The ${algorithm} you specified did not match the calculated checksum.`,
  );
}
