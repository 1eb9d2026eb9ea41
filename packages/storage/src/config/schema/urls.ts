import { z } from 'zod';
import { httpUrl } from './http-url.js';
import { needed } from './secret-choice.js';
import { secret, secretFile } from './text.js';

/** Bytes, as the signer has it. */
const SHORTEST_SECRET = 32;

const key = z
  .strictObject({
    id: z.string().regex(/^[\w-]{1,64}$/, 'is not 1 to 64 letters, digits, "-" and "_"'),
    secret: secret()
      .refine(
        (value) => Buffer.byteLength(value) >= SHORTEST_SECRET,
        `has less than ${SHORTEST_SECRET} bytes; make one by: openssl rand -base64 32`,
      )
      .optional(),
    secretFile: secretFile().optional(),
  })
  .transform(({ id, secret }, context) => ({ id, secret: needed(secret, 'secret', context) }));

/** Signed URLs of a store that has none of its own. The first key signs, all of them verify. */
export const urls = z.strictObject({
  baseUrl: httpUrl(),
  keys: z
    .array(key)
    .min(1, 'has no key')
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'has an id twice'),
});
