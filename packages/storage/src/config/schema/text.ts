import { z } from 'zod';
import { marks } from './mark.js';

export const text = () => z.string().min(1, 'is empty');

export const name = () => text().describe('For messages and metrics.');

export const secret = () => text().register(marks, { mark: 'secret' });

/** Path of a file that holds the setting of the same name without `File`. */
export const secretFile = () => path().register(marks, { mark: 'secret-file' });

export const path = () =>
  text()
    .refine((value) => !value.includes('\0'), 'contains a NUL character')
    .register(marks, { mark: 'path' });

/** Where a registry or a journal is. @param forms what it can be, in words. */
export const address = (pattern: RegExp, forms: string) =>
  z.string().regex(pattern, `is none of ${forms}`).register(marks, { mark: 'address' });
