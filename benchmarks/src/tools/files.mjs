import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The paths of all files below a directory. */
export function* filesBelow(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}
