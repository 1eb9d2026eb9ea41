import { invalidArgument } from './error.js';
import type { SigningContext } from './signature.js';

/** What x-amz-content-sha256 says of the body. */
export type PayloadDeclaration =
  | { readonly type: 'hashed'; readonly sha256: string }
  | { readonly type: 'unsigned' }
  | {
      readonly type: 'chunked';
      /** What the signatures of the chunks begin with; undefined where they have none. */
      readonly signing: SigningContext | undefined;
      readonly trailer: boolean;
    };

const UNSIGNED = 'UNSIGNED-PAYLOAD';

const CHUNKED = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
]);

/** `signing`: of the request. */
export function parsePayloadDeclaration(
  value: string,
  signing: SigningContext,
): PayloadDeclaration {
  if (value === UNSIGNED) return { type: 'unsigned' };
  const chunked = CHUNKED.get(value);
  if (chunked) {
    const { signed, trailer } = chunked;
    return { type: 'chunked', signing: signed ? signing : undefined, trailer };
  }
  if (/^[0-9a-fA-F]{64}$/.test(value)) return { type: 'hashed', sha256: value.toLowerCase() };
  throw invalidArgument(
    `x-amz-content-sha256 must be ${[UNSIGNED, ...CHUNKED.keys()].join(', ')}, or a valid sha256 value.`,
    'x-amz-content-sha256',
    value,
  );
}
