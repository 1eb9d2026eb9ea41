import { z } from 'zod';
import { layers } from './layers.js';
import { name } from './text.js';
import { urls } from './urls.js';

export const memory = z.strictObject({
  provider: z.literal('memory'),
  name: name().optional(),
  versions: z.boolean().optional().describe('Keeps what is overwritten or deleted.'),
  urls: urls.optional().describe('Signed URLs, which a handler of the application serves.'),
  layers: layers.optional(),
});
