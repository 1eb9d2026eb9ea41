import { z } from 'zod';
import { needed } from './secret-choice.js';
import { secret, secretFile, text } from './text.js';

/** Of a customer's key. */
const KEY_BYTES = 32;

const isKey = (value: string) =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(value) && Buffer.from(value, 'base64').byteLength === KEY_BYTES;

const customerKey = z
  .strictObject({
    type: z.literal('sse-c'),
    key: secret()
      .refine(isKey, `is not ${KEY_BYTES} bytes in base64; make them by: openssl rand -base64 32`)
      .optional(),
    keyFile: secretFile().optional(),
  })
  .transform(({ type, key }, context) => ({ type, key: needed(key, 'key', context) }));

/** How the server encrypts files. The key of a customer is 32 bytes in base64. */
export const encryption = z.union([
  z.literal('sse-s3').transform((type) => ({ type })),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('sse-s3') }),
    z.strictObject({
      type: z.literal('sse-kms'),
      keyId: text().optional(),
      bucketKey: z.boolean().optional(),
    }),
    customerKey,
  ]),
]);
