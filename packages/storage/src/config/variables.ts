import { type Mistake, mistakeAt } from './mistake.js';
import type { Entry, Node, Path, ScalarNode } from './node.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const OPENING = `\${`;

/** `$${…}` is a literal `${…}`; else a variable, with its default; or something that begins like one. */
const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_]\w*)(?::-([^}]*))?\})?/g;

/**
 * Fills in `${NAME}` and `${NAME:-default}`, as a shell does: the default is for a variable that is not set, or empty.
 * @param missing what is told of a variable that is not set and has no default; its text then stays as it is.
 */
export function fillIn(
  node: Node,
  env: Environment,
  missing: (mistake: Mistake, path: Path) => void,
  path: Path = [],
): Node {
  if (node.kind === 'list') {
    const items = node.items.map((item, index) => fillIn(item, env, missing, [...path, index]));
    return { ...node, items };
  }
  if (node.kind === 'map') {
    const entries = [...node.entries].map(([key, { place, node: inner }]): [string, Entry] => [
      key,
      { place, node: fillIn(inner, env, missing, [...path, key]) },
    ]);
    return { ...node, entries: new Map(entries) };
  }
  return filled(node, env, (message) => missing(mistakeAt(node.place, path, { message }), path));
}

function filled(node: ScalarNode, env: Environment, missing: (message: string) => void): Node {
  const { value } = node;
  if (typeof value !== 'string' || !value.includes(OPENING)) return node;
  const variables: string[] = [];
  const text = value.replace(REFERENCE, (whole, name?: string, fallback?: string) => {
    if (whole === `$${OPENING}`) return OPENING;
    if (name === undefined || fallback?.includes(OPENING)) {
      missing(
        `has a \${ that begins no variable; write \${NAME}, \${NAME:-default}, or $\${ for itself`,
      );
      return whole;
    }
    variables.push(name);
    const set = env[name];
    if (set !== undefined && (set !== '' || fallback === undefined)) return set;
    if (fallback !== undefined) return fallback;
    missing(`needs the variable ${name}, which is not set and has no default`);
    return whole;
  });
  return variables.length === 0 ? { ...node, value: text } : { ...node, value: text, variables };
}
