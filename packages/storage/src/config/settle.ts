import { checkTogether } from './check/configuration.js';
import { coerced } from './coerce.js';
import { mistakesOf } from './issues.js';
import { type Finding, type Mistake, mistakeAt } from './mistake.js';
import { type Node, nodeAt, type Path, placeOf, plain } from './node.js';
import { resolvedPaths } from './places.js';
import { configuration } from './schema/configuration.js';
import { marks } from './schema/mark.js';
import { withSecrets } from './secrets.js';
import type { Configuration } from './types/configuration.js';
import { type Environment, fillIn } from './variables.js';
import { type Schema, walk } from './walk.js';

export interface SettleOptions {
  readonly providers?: readonly string[] | undefined;
  /** That relative paths start at. */
  readonly directory: string;
  /** What variables are taken from; without it, texts are as they stand. */
  readonly env?: Environment | undefined;
  readonly environment?: string | undefined;
  /** Mistakes that are known already; what follows from them is not told. */
  readonly told?: readonly Mistake[];
  /** Whether variables and secrets that are not at hand are warned of only, as on another machine than the one they are for. */
  readonly isElsewhere?: boolean | undefined;
}

/** What became of a configuration. */
export interface Settled {
  /** With variables filled in. */
  readonly root: Node;
  readonly schema: Schema;
  /** Missing if there are mistakes. */
  readonly configuration?: Configuration;
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Mistake[];
  /** Files of secrets. */
  readonly files: readonly string[];
}

/** Fills in variables, reads secrets, and checks everything. */
export function settle(given: Node, options: SettleOptions): Settled {
  const { providers = [], directory, env, environment, isElsewhere = false, told = [] } = options;
  const [mistakes, warnings, unknown]: [Mistake[], Mistake[], Path[]] = [[], [], []];
  const absent = isElsewhere ? warnings : mistakes;
  const root =
    env === undefined
      ? given
      : fillIn(given, env, (mistake, path) => {
          absent.push(mistake);
          unknown.push(path);
        });
  const isKnown = (path: Path) => !unknown.some((other) => begins(path, other));
  const at = ({ path, ...finding }: Finding & { readonly path: Path }) =>
    mistakeAt(placeOf(root, path), path, finding);

  const schema = configuration(providers);
  const secrets = withSecrets(schema, plain(root), directory, isKnown);
  absent.push(...secrets.mistakes.map(at));
  warnings.push(...secrets.warnings.map(at), ...literalSecrets(schema, root));
  unknown.push(...secrets.unknown);

  const value = resolvedPaths(schema, coerced(schema, secrets.value, root), directory);
  const { data, error } = schema.safeParse(value);
  const issues = error?.issues.filter(({ path }) => isKnown(path)) ?? [];
  const follows = ({ path }: Mistake) => told.some((other) => path.startsWith(`${other.path}.`));
  const found = mistakesOf(issues, { schema, root, value });
  mistakes.push(...told, ...found.filter((mistake) => !follows(mistake)));
  if (data !== undefined)
    for (const { isWarning, ...finding } of checkTogether(data, { environment }))
      if (isKnown(finding.path)) (isWarning ? warnings : mistakes).push(at(finding));
  const settled = { root, schema, mistakes, warnings, files: secrets.files };
  return data === undefined || mistakes.length > 0 ? settled : { ...settled, configuration: data };
}

function begins(path: Path, beginning: Path): boolean {
  return beginning.every((step, index) => path[index] === step);
}

/** Secrets that stand in a file of the configuration themselves. */
function literalSecrets(schema: Schema, root: Node): readonly Mistake[] {
  const found: Mistake[] = [];
  walk(schema, plain(root), (inner, value, path) => {
    const node = nodeAt(root, path);
    if (marks.get(inner)?.mark !== 'secret' || typeof value !== 'string') return;
    if (node?.kind !== 'scalar' || node.variables !== undefined || node.place.line === undefined)
      return;
    const message = `stands in the file itself; take it from a variable, or from a file by ${String(path.at(-1))}File`;
    found.push(mistakeAt(node.place, path, { message }));
  });
  return found;
}
