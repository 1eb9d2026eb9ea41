import { z } from 'zod';
import { layers } from './layers.js';
import { name, path } from './text.js';
import { urls } from './urls.js';

export const local = z.strictObject({
  provider: z.literal('local'),
  root: path().describe('Directory that holds the files.'),
  name: name().optional(),
  createRoot: z.boolean().optional().describe('Makes the root if it does not exist.'),
  durability: z
    .enum(['fsync', 'relaxed'])
    .optional()
    .describe('Whether a crash of the machine may lose what was acknowledged.'),
  deleted: z.enum(['remove', 'trash']).optional().describe('What becomes of deleted files.'),
  trash: path().optional().describe('Directory of the trash, on the file system of the root.'),
  urls: urls.optional().describe('Signed URLs, which a handler of the application serves.'),
  layers: layers.optional(),
});
