import { StorageError } from '@org/storage-core';
import { formatPath, type Path, type Place } from './node.js';

/** Something wrong in a configuration. */
export interface Mistake {
  /** Where it is; `configuration` for one that was made in code. */
  readonly file: string;
  /** From 1; missing where the file is a module. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Such as `storages.uploads.target.bucket`; empty for the whole. */
  readonly path: string;
  readonly message: string;
  /** What could be there. */
  readonly allowed?: readonly string[];
  /** What was meant, probably. */
  readonly nearest?: string;
}

/** All that is wrong with a configuration, by file and line. No secret is in it. */
export class ConfigurationError extends StorageError {
  readonly mistakes: readonly Mistake[];

  /** @param cause of the only mistake. */
  constructor(mistakes: readonly Mistake[], cause?: unknown) {
    const sorted = inOrder(mistakes);
    const [only] = sorted;
    const message =
      sorted.length === 1 && only !== undefined
        ? formatMistake(only)
        : [`the configuration has ${sorted.length} mistakes:`, ...sorted.map(formatMistake)].join(
            '\n  ',
          );
    super('InvalidArgument', message, cause === undefined ? {} : { cause });
    this.mistakes = sorted;
  }
}

/** What is said of a mistake, beside where it is. */
export type Finding = Pick<Mistake, 'message' | 'allowed' | 'nearest'>;

export function mistakeAt(place: Place, path: Path, finding: Finding): Mistake {
  const { allowed, nearest } = finding;
  return {
    ...place,
    path: formatPath(path),
    message: finding.message,
    ...(allowed === undefined ? {} : { allowed }),
    ...(nearest === undefined ? {} : { nearest }),
  };
}

/** `file:line:column path message`, on one line. */
export function formatMistake({ file, line, column, ...mistake }: Mistake): string {
  const { path, message, allowed = [], nearest } = mistake;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const text = [place, path, message].filter((part) => part !== '').join(' ');
  const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `${text}${meant}${allowed.length === 0 ? '' : ` (there are: ${allowed.join(', ')})`}`;
}

/** By file and line, each once. */
export function inOrder(mistakes: readonly Mistake[]): readonly Mistake[] {
  const once = new Map(mistakes.map((mistake) => [formatMistake(mistake), mistake]));
  return [...once.values()].sort(
    (a, b) =>
      Number(a.file > b.file) - Number(a.file < b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  );
}
