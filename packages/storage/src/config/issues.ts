import type { z } from 'zod';
import { type Finding, type Mistake, mistakeAt } from './mistake.js';
import { nearest } from './nearest.js';
import { type Node, nodeAt, type Path, placeOf, placeOfValue } from './node.js';
import { type Schema, settingsOf, walk } from './walk.js';

type Issue = z.core.$ZodIssue;

/** What a value of a configuration was found to be. */
export interface Checked {
  readonly schema: Schema;
  readonly root: Node;
  readonly value: unknown;
}

/** What a schema says of a value, as mistakes at their places. Values are not quoted: any of them may be a secret. */
export function mistakesOf(issues: readonly Issue[], checked: Checked): readonly Mistake[] {
  const settings = settingsByPath(checked);
  return issues.flatMap((issue) => describe(issue, checked, settings, []));
}

type Settings = ReadonlyMap<string, readonly string[]>;

const keyOf = (path: Path) => JSON.stringify(path.map(String));

/** Of every map in the value, the names of its settings. */
function settingsByPath({ schema, value }: Checked): Settings {
  const settings = new Map<string, readonly string[]>();
  walk(schema, value, (inner, _, path) => {
    const names = settingsOf(inner);
    if (names !== undefined) settings.set(keyOf(path), names);
  });
  return settings;
}

function describe(
  issue: Issue,
  checked: Checked,
  settings: Settings,
  before: Path,
): readonly Mistake[] {
  const { root } = checked;
  const path = [...before, ...issue.path];
  const at = (inner: Path, finding: Finding) => [
    mistakeAt(placeOfValue(root, inner), inner, withVariables(root, inner, finding)),
  ];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = settings.get(keyOf(path)) ?? [];
      return issue.keys.map((key) =>
        mistakeAt(placeOf(root, [...path, key]), [...path, key], {
          message: 'is no setting here',
          ...choice(key, allowed),
        }),
      );
    }
    case 'invalid_key': {
      const [inner] = issue.issues;
      const key = String(path.at(-1));
      const allowed = inner?.code === 'invalid_value' ? inner.values.map(String) : [];
      const message = inner?.code === 'invalid_value' ? 'is no setting here' : inner?.message;
      return [
        mistakeAt(placeOf(root, path), path, { message: message ?? '', ...choice(key, allowed) }),
      ];
    }
    case 'invalid_union': {
      if (issue.discriminator !== undefined)
        return at(
          path,
          discriminated('options' in issue ? (issue.options ?? []) : [], issue, nodeAt(root, path)),
        );
      const branch = meantBranch(issue.errors);
      if (branch === undefined)
        return at(path, { message: unionMessage(issue, nodeAt(root, path)) });
      return branch.flatMap((inner) => describe(inner, checked, settings, path));
    }
    case 'invalid_value':
      return at(path, ofValues(issue.values.map(String), nodeAt(root, path)));
    case 'invalid_type':
      return at(path, { message: wrongType(issue.expected, nodeAt(root, path)) });
    case 'too_small':
      return at(path, {
        message: bounds(issue, `at least ${issue.minimum}`),
      });
    case 'too_big':
      return at(path, { message: bounds(issue, `at most ${issue.maximum}`) });
    default:
      return at(path, { message: issue.message });
  }
}

/** Names the variables that a wrong value came from. */
function withVariables(root: Node, path: Path, finding: Finding): Finding {
  const node = nodeAt(root, path);
  if (node?.kind !== 'scalar' || node.variables === undefined) return finding;
  const names = node.variables.map((name) => `\${${name}}`).join(', ');
  return { ...finding, message: `${finding.message}; its value is from ${names}` };
}

function choice(text: string, allowed: readonly string[]): Pick<Finding, 'allowed' | 'nearest'> {
  const meant = nearest(text, allowed);
  return { allowed, ...(meant === undefined ? {} : { nearest: meant }) };
}

function ofValues(values: readonly string[], node: Node | undefined): Finding {
  if (node === undefined) return { message: 'is missing', allowed: values };
  if (node.kind !== 'scalar') return { message: `is ${kindOf(node)}`, allowed: values };
  if (node.value === null) return { message: 'has no value', allowed: values };
  return { message: 'is none of what it can be', ...choice(String(node.value), values) };
}

function discriminated(options: readonly unknown[], issue: Issue, node: Node | undefined): Finding {
  const finding = ofValues(options.map(String), node);
  return node !== undefined && isOwn(issue) ? { ...finding, message: issue.message } : finding;
}

/** The choice that the value is wrong for inside, and not as a whole; the one that has most to say. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const telling = branches.filter((issues) => issues.some(tells));
  return telling.find((issues) => issues.some(({ path }) => path.length > 0)) ?? telling[0];
}

function tells(issue: Issue): boolean {
  const { code, path } = issue;
  if (path.length > 0) return true;
  if (code === 'invalid_union') return isOwn(issue) || meantBranch(issue.errors) !== undefined;
  return code !== 'invalid_type' && code !== 'invalid_value';
}

/** Whether the schema has a message of its own. */
function isOwn({ message }: Issue): boolean {
  return !/^(Invalid|Too) /.test(message);
}

function unionMessage(issue: Issue, node: Node | undefined): string {
  if (node === undefined) return 'is missing';
  if (node.kind === 'scalar' && node.value === null) return 'has no value';
  return isOwn(issue) ? issue.message : `can’t be ${kindOf(node)}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of settings',
  record: 'a map of settings',
  array: 'a list',
};

function wrongType(expected: string, node: Node | undefined): string {
  const wanted = TYPES[expected] ?? expected;
  if (node === undefined) return `is missing; it is ${wanted}`;
  if (node.kind === 'scalar' && node.value === null) return `has no value; it is ${wanted}`;
  return `is ${kindOf(node)}, and not ${wanted}`;
}

function kindOf(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  const { value } = node;
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`;
}

function bounds(issue: Issue, text: string): string {
  return isOwn(issue) ? issue.message : `is not ${text}`;
}
