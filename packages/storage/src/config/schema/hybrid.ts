import { z } from 'zod';
import { custom } from './custom.js';
import { fleet } from './fleet.js';
import { layers } from './layers.js';
import { local } from './local.js';
import { memory } from './memory.js';
import { migration } from './migration.js';
import { s3 } from './s3.js';
import { spool } from './spool.js';
import { name } from './text.js';

/** A storage that is not made of others. @param providers of third parties. */
const side = (providers: readonly string[]) =>
  z.discriminatedUnion('provider', [local, s3, memory, ...providers.map(custom)], {
    error: ({ input }) => (isHybrid(input) ? 'is hybrid, which is itself made of two' : undefined),
  });

function isHybrid(input: unknown): boolean {
  return (
    typeof input === 'object' &&
    input !== null &&
    'provider' in input &&
    input.provider === 'hybrid'
  );
}

/** @param providers of third parties. */
export const hybrid = (providers: readonly string[]) =>
  z.strictObject({
    provider: z.literal('hybrid'),
    mode: z
      .enum(['source', 'prepare', 'hybrid', 'target'])
      .describe('Where the application reads and writes; read again while it runs.'),
    source: side(providers).describe('Where the files are.'),
    target: side(providers).describe('Where they go.'),
    name: name().optional(),
    fleet: fleet.optional(),
    handedOver: z
      .boolean()
      .optional()
      .describe('Without a fleet: that no process is left in the modes source and prepare.'),
    failover: z.strictObject({ reads: z.enum(['fail', 'source']).optional() }).optional(),
    spool: spool.optional(),
    migration: migration.optional(),
    layers: layers.optional(),
  });
