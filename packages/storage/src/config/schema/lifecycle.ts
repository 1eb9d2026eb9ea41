import { z } from 'zod';
import { count } from './number.js';
import { text } from './text.js';

const place = { days: count(), prefix: text().optional() };

/** Days below which Amazon S3 moves nothing to these classes. */
const LEAST_DAYS = 30;
const INFREQUENT: readonly string[] = ['STANDARD_IA', 'ONEZONE_IA'];

const transition = z
  .strictObject({
    ...place,
    storageClass: z.enum([
      'DEEP_ARCHIVE',
      'GLACIER',
      'GLACIER_IR',
      'INTELLIGENT_TIERING',
      'ONEZONE_IA',
      'STANDARD_IA',
    ]),
  })
  .refine(({ days, storageClass }) => days >= LEAST_DAYS || !INFREQUENT.includes(storageClass), {
    path: ['days'],
    message: `is less than ${LEAST_DAYS}, the least for this storage class`,
  });

/** Rules by which a bucket itself moves and removes files. */
export const lifecycle = z.strictObject({
  abandonedUploads: z.strictObject(place).optional(),
  noncurrentVersions: z.strictObject({ ...place, keep: count().max(100).optional() }).optional(),
  transitions: z.array(transition).optional(),
  tombstones: z
    .strictObject({ ...place, tag: z.strictObject({ key: text(), value: z.string() }).optional() })
    .optional(),
});
