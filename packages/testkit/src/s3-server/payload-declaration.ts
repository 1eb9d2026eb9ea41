import { invalidArgument } from './error.js';

/** What x-amz-content-sha256 says of the body. */
export type PayloadDeclaration =
  | { readonly type: 'hashed'; readonly sha256: string }
  | { readonly type: 'unsigned' }
  | { readonly type: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

const DECLARATIONS = new Map<string, PayloadDeclaration>([
  ['UNSIGNED-PAYLOAD', { type: 'unsigned' }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { type: 'chunked', signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { type: 'chunked', signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { type: 'chunked', signed: false, trailer: true }],
]);

export function parsePayloadDeclaration(value: string): PayloadDeclaration {
  const known = DECLARATIONS.get(value);
  if (known) return known;
  if (/^[0-9a-fA-F]{64}$/.test(value)) return { type: 'hashed', sha256: value.toLowerCase() };
  throw invalidArgument(
    `x-amz-content-sha256 must be ${[...DECLARATIONS.keys()].join(', ')}, or a valid sha256 value.`,
    'x-amz-content-sha256',
    value,
  );
}
