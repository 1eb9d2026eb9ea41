import type { Finding } from './mistake.js';
import type { Path } from './node.js';
import { replaced } from './replace.js';
import { marks } from './schema/mark.js';
import { readSecret } from './secret-files.js';
import { type Schema, walk } from './walk.js';

export interface Secrets {
  /** With the secrets, beside the names of their files. */
  readonly value: unknown;
  /** Paths of the files. */
  readonly files: readonly string[];
  readonly mistakes: readonly (Finding & { readonly path: Path })[];
  readonly warnings: readonly (Finding & { readonly path: Path })[];
  /** What could not be had, which is told already. */
  readonly unknown: readonly Path[];
}

interface Reference {
  readonly path: Path;
  readonly file: string;
}

const FILE = /File$/;

/** Reads the secrets whose files a value names. Relative ones are looked for in a directory. */
export function withSecrets(
  schema: Schema,
  given: unknown,
  directory: string,
  isKnown: (path: Path) => boolean,
): Secrets {
  const references: Reference[] = [];
  const present = new Set<string>();
  walk(schema, given, (inner, file, path) => {
    present.add(JSON.stringify(path));
    if (marks.get(inner)?.mark === 'secret-file' && typeof file === 'string' && file !== '')
      references.push({ path, file });
  });
  const found = { files: [] as string[], mistakes: [] as Found[], warnings: [] as Found[] };
  const unknown: Path[] = [];
  let value = given;
  for (const { path, file } of references) {
    const name = String(path.at(-1)).replace(FILE, '');
    const target = [...path.slice(0, -1), name];
    if (present.has(JSON.stringify(target))) {
      found.mistakes.push({ path, message: `is set, and so is ${name}; one of them is too much` });
      continue;
    }
    const secret = isKnown(path) ? readSecret(file, directory) : undefined;
    if (secret === undefined || typeof secret === 'string') {
      unknown.push(target);
      if (secret !== undefined) found.mistakes.push({ path, message: secret });
      continue;
    }
    found.files.push(secret.file);
    value = replaced(value, target, secret.value);
    if (secret.isOpen)
      found.warnings.push({
        path,
        message: 'names a file that every user of the machine can read',
      });
  }
  return { ...found, value, unknown };
}

type Found = Finding & { readonly path: Path };
