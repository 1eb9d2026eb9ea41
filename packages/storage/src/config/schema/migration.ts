import { z } from 'zod';
import { count } from './number.js';
import { size } from './size.js';
import { address, secretFile, text } from './text.js';

/** A path, or a database. */
const JOURNAL = /^.+$/s;

const concurrency = z.union([
  z.int().min(1),
  z.literal('auto'),
  z.strictObject({ least: count().optional(), most: count().optional() }),
  z.string().transform((value, context) => {
    const [, first, second] = /^(\d+)(?:-(\d+))?$/.exec(value) ?? [];
    const bounds = { least: Number(first), most: Number(second ?? first) };
    if (first === undefined || bounds.least < 1 || bounds.least > bounds.most) {
      context.addIssue({ code: 'custom', message: `is not ${CONCURRENCIES}` });
      return z.NEVER;
    }
    return second === undefined ? bounds.least : bounds;
  }),
]);

const CONCURRENCIES = 'a number of files, auto, or bounds such as 4-32';

const TIME = /^([01]?\d|2[0-3]):[0-5]\d$|^24:00$/;
const isTime = (value: string) => TIME.test(value);
const time = () => z.string().refine(isTime, 'is not a time of day such as 22:00');

const timeWindow = z.union([
  z.strictObject({ from: time(), to: time() }),
  z.string().transform((value, context) => {
    const [from = '', to = '', ...others] = value.split('-');
    if (isTime(from) && isTime(to) && others.length === 0) return { from, to };
    context.addIssue({ code: 'custom', message: 'is not two times of day, such as 22:00-05:30' });
    return z.NEVER;
  }),
]);

const maxFailures = z.union([
  z.int().min(0),
  z.strictObject({ share: z.number().min(0).max(1) }),
  z.string().transform((value, context) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(value) ?? [];
    const number = Number(digits);
    if (percent !== undefined && number <= 100) return { share: number / 100 };
    if (percent === undefined && Number.isSafeInteger(number)) return number;
    context.addIssue({
      code: 'custom',
      message: 'is not a number of files, or a share such as 5%',
    });
    return z.NEVER;
  }),
]);

const SKIPPED = ['link', 'special', 'invalid-name', 'unreadable'] as const;

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** What a migration of the storage goes by. */
export const migration = z
  .strictObject({
    journal: address(JOURNAL, 'a path, or postgres://USER@HOST/DATABASE').optional(),
    journalFile: secretFile().optional(),
    concurrency: concurrency.optional().describe(`Files at once: ${CONCURRENCIES}.`),
    bandwidth: size(1_024).optional().describe('Bytes a second that are read from the source.'),
    rate: z.number().min(0.001).optional().describe('Files begun in a second.'),
    windows: z.array(timeWindow).optional().describe('Times of day, such as 22:00-05:30.'),
    timezone: text().refine(isZone, 'is no time zone such as Europe/Berlin').optional(),
    include: z.array(text()).optional().describe('Globs of keys.'),
    exclude: z.array(text()).optional().describe('Globs of keys.'),
    order: z.enum(['key', 'smallest', 'newest']).optional(),
    maxFailures: maxFailures.optional().describe('A number of files, or a share such as 5%.'),
    workers: z
      .union([z.int().min(1).max(64), z.literal('auto')])
      .optional()
      .describe('Processes that copy; auto for one a processor.'),
    accept: z.array(z.enum(SKIPPED)).optional().describe('What may stay in the source.'),
    disk: z
      .string()
      .regex(
        /^[a-z0-9]+(-[a-z0-9]+)*$/,
        'is no name of a disk: lower-case letters, digits, hyphens',
      )
      .optional()
      .describe('Where only this host sees the directory: the name of its disk.'),
  })
  .transform(({ journalFile: _, ...settings }) => settings);
