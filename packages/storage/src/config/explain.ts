import type { LoadOptions } from './load.js';
import { ConfigurationError } from './mistake.js';
import { formatPath, type Node, nodeAt, type Path, type Place, placeOfValue } from './node.js';
import { HIDDEN, redacted } from './redacted.js';
import { settleSource } from './settle-source.js';
import { readSource } from './source.js';

/** A setting as it is in effect, and where it is from. */
export interface Setting extends Place {
  /** Such as `storages.uploads.target.bucket`. */
  readonly path: string;
  /** Without secrets. */
  readonly value: unknown;
  /** Of the environment, that it was made with. */
  readonly variables?: readonly string[];
}

export interface Explanation {
  readonly file: string;
  readonly environment: string;
  /** All files that were read. */
  readonly files: readonly string[];
  /** Without secrets. */
  readonly configuration: unknown;
  readonly settings: readonly Setting[];
}

/**
 * The configuration of one environment as it is in effect, for people to look at. What was read from the file of a secret is not
 * shown, whatever it is.
 * @throws ConfigurationError
 */
export async function explainConfiguration(options: LoadOptions = {}): Promise<Explanation> {
  const source = await readSource(options);
  const settled = await settleSource(source, options);
  if (settled.configuration === undefined) throw new ConfigurationError(settled.mistakes);
  const { file, environment } = source;
  const configuration = shown(redacted(settled.configuration), settled.root, []);
  return {
    file,
    environment,
    files: [...source.files, ...settled.files],
    configuration,
    settings: [...settingsIn(configuration, settled.root, [])],
  };
}

/** As it would be written: without what is not set, nor what came from a file of a secret. */
function shown(value: unknown, root: Node, path: Path): unknown {
  if (value === Number.POSITIVE_INFINITY) return 'unlimited';
  if (Array.isArray(value)) return value.map((item, index) => shown(item, root, [...path, index]));
  if (typeof value !== 'object' || value === null)
    return fileNodeOf(root, path) === undefined ? value : HIDDEN;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, shown(inner, root, [...path, key])]),
  );
}

function fileNodeOf(root: Node, path: Path): Node | undefined {
  return path.length === 0 ? undefined : nodeAt(root, filePath(path));
}

const filePath = (path: Path): Path => [...path.slice(0, -1), `${String(path.at(-1))}File`];

function* settingsIn(value: unknown, root: Node, path: Path): Generator<Setting> {
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value))
      yield* settingsIn(inner, root, [...path, Array.isArray(value) ? Number(key) : key]);
    return;
  }
  const from = fileNodeOf(root, path) === undefined ? path : filePath(path);
  const node = nodeAt(root, from);
  yield {
    ...placeOfValue(root, from),
    path: formatPath(path),
    value,
    ...(node?.kind === 'scalar' && node.variables !== undefined
      ? { variables: node.variables }
      : {}),
  };
}
