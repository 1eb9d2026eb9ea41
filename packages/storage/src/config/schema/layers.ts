import { OPERATIONS } from '@org/storage-core';
import { z } from 'zod';
import { duration } from './duration.js';
import { keyPrefix } from './key-prefix.js';
import { count } from './number.js';
import { size } from './size.js';
import { text } from './text.js';
import { unlimited } from './unlimited.js';

/** `false` takes a layer away that the base has. */
const off = () => z.literal(false).transform(() => undefined);

const limit = () => z.union([duration(1), unlimited()]);

const timeout = z.union([
  off(),
  duration(1).transform((milliseconds) => ({ milliseconds })),
  z.strictObject({
    milliseconds: limit().optional(),
    operations: z.partialRecord(z.enum(OPERATIONS), limit()).optional(),
    downloadIdle: limit().optional(),
    uploadIdle: limit().optional(),
    grace: duration().optional(),
  }),
]);

const retry = z.union([
  off(),
  z.strictObject({
    attempts: count().optional(),
    initialDelay: duration().optional(),
    maxDelay: duration().optional(),
  }),
]);

const circuitBreaker = z.union([
  off(),
  z.strictObject({
    opens: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('consecutive'), failures: count() }),
        z.strictObject({
          type: z.literal('sampling'),
          threshold: z.number().gt(0).lt(1),
          duration: duration(1),
          minimumRate: z.number().gt(0).optional(),
        }),
      ])
      .optional(),
    openFor: duration().optional(),
  }),
]);

const concurrencyLimit = z.union([
  off(),
  count().transform((operations) => ({ operations })),
  z.strictObject({
    operations: count(),
    downloads: count().optional(),
    queue: z.int().min(0).optional(),
  }),
]);

/** Both ways alike, or each by itself. */
const bandwidthLimit = z.union([
  off(),
  size(1).transform((rate) => ({ upload: rate, download: rate })),
  z.strictObject({ upload: size(1).optional(), download: size(1).optional() }),
]);

const cacheControl = z.union([
  off(),
  z.literal(true).transform((): Readonly<Record<string, string>> => ({})),
  text(),
  z.record(
    z
      .string()
      .regex(
        /^([^/*\s]+\/([^/*\s]+|\*)|\*\/\*)$/,
        'is no content type such as text/html, image/* or */*',
      ),
    text(),
  ),
]);

/** What lies around a provider. The order of wrapping is fixed, and not that of the file. */
export const layers = z.strictObject({
  timeout: timeout.optional().describe('Ends what takes too long.'),
  retry: retry.optional().describe('Repeats what can be repeated safely.'),
  circuitBreaker: circuitBreaker.optional().describe('Spares a store that is not well.'),
  concurrencyLimit: concurrencyLimit.optional().describe('Operations at once.'),
  bandwidthLimit: bandwidthLimit.optional().describe('Bytes a second.'),
  prefix: keyPrefix().optional().describe('The folder that is the whole store to the application.'),
  readOnly: z.boolean().optional().describe('Refuses all changes.'),
  detectContentType: z.boolean().optional().describe('Content types by content.'),
  cacheControl: cacheControl.optional().describe('Cache-Control by content type.'),
});
