import { z } from 'zod';

/**
 * What a text stands for:
 *
 * - `secret`: nobody may see it;
 * - `hidden`: nobody may see it, since it may be a secret;
 * - `address`: of a place; a password in it nobody may see;
 * - `secret-file`: path of a file with the value of the setting of the same name without `File` at its end;
 * - `path`: of a file or directory, relative to the directory of the project.
 */
export type Mark = 'secret' | 'hidden' | 'address' | 'secret-file' | 'path';

/** Marks of schemas. What is shown, read from files or resolved goes by them, and never by a setting's name. */
export const marks = z.registry<{ readonly mark: Mark }>();
