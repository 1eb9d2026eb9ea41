import { z } from 'zod';
import { folderPath, visibility } from './names.js';

/** What was left empty was not said. */
const said = (value: unknown) => (value === null || value === '' ? undefined : value);

/** What a client says of the files that it sends: in fields of a form, or in the metadata of tus. */
export const UPLOAD_FIELDS = z.object({
  folder: z.preprocess(said, folderPath.default('')),
  visibility: z.preprocess(said, visibility.default('private')),
});
