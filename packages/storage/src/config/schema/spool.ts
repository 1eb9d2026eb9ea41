import { z } from 'zod';
import { duration } from './duration.js';
import { local } from './local.js';
import { memory } from './memory.js';
import { size } from './size.js';
import { name } from './text.js';
import { unlimited } from './unlimited.js';

/** Where writes wait while the target does not answer. */
export const spool = z.strictObject({
  store: z
    .discriminatedUnion('provider', [local, memory])
    .describe('A directory of its own, on a disk that all writers of these files share.'),
  maxBytes: z.union([size(), unlimited()]),
  replayBytes: size().optional(),
  shared: z.boolean().optional(),
  drain: z.boolean().optional(),
  drainEvery: duration(1).optional(),
  name: name().optional(),
});
