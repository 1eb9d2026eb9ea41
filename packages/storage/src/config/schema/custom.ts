import { z } from 'zod';
import { layers } from './layers.js';
import { marks } from './mark.js';
import { name } from './text.js';

/**
 * A provider of a third party, by the name that the application has registered it under. Its own settings are for it to check,
 * and none of them is shown, since nothing tells which ones are secret.
 */
export const custom = (provider: string) =>
  z
    .object({
      provider: z.literal(provider).brand<'CustomProvider'>(),
      name: name().optional(),
      layers: layers.optional(),
    })
    .catchall(z.unknown().register(marks, { mark: 'hidden' }));
