import { z } from 'zod';
import { custom } from './custom.js';
import { hybrid } from './hybrid.js';
import { local } from './local.js';
import { memory } from './memory.js';
import { s3 } from './s3.js';
import { text } from './text.js';

/** What a storage may be called: it stands in environment variables, metrics and on command lines. */
const storageName = z
  .string()
  .regex(/^[A-Za-z][\w-]{0,63}$/, 'is no name: a letter, then letters, digits, "-" and "_"');

/** @param providers of third parties. */
const storage = (providers: readonly string[]) =>
  z.discriminatedUnion('provider', [
    local,
    s3,
    memory,
    hybrid(providers),
    ...providers.map(custom),
  ]);

const made = (providers: readonly string[]) =>
  z.strictObject({
    default: text().optional().describe('The storage that is given without a name.'),
    plugins: z
      .array(text())
      .optional()
      .describe('Modules with providers of third parties: paths from this file on, or packages.'),
    storages: z.record(storageName, storage(providers)),
  });

/** To make a schema takes longer than to check by it. */
const withoutCustom = made([]);

/** A configuration, with its environment laid over it. @param providers of third parties. */
export const configuration = (providers: readonly string[] = []) =>
  providers.length === 0 ? withoutCustom : made(providers);
