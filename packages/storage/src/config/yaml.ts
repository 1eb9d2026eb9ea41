import {
  type Document,
  isAlias,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { masked, unmasked } from './mask.js';
import { ConfigurationError, mistakeAt } from './mistake.js';
import type { Entry, MapNode, Node, Path, Place } from './node.js';

/** Values, those that aliases stand for included. */
const MOST_NODES = 20_000;

/** Instead of the parser's own messages, which may quote what stands there. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias (*…) has no anchor before it; text that begins with * needs quotes',
  BAD_DQ_ESCAPE: 'a text in double quotes has an escape that there is not',
  BAD_INDENT: 'the indentation is wrong',
  BAD_SCALAR_START: 'a text begins with a character that needs quotes',
  DUPLICATE_KEY: 'the key is there twice',
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters',
  MISSING_CHAR: 'something is missing here, such as a comma, a bracket or a quote',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines; a colon or a quote may be missing',
  MULTIPLE_DOCS: 'there is a second document; a configuration is one',
  NON_STRING_KEY: 'a key is not text',
  TAB_AS_INDENT: 'tabs can’t indent; use spaces',
  TAG_RESOLVE_FAILED: 'a tag (!…) is not known; text that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'something stands here that can’t',
};

/**
 * Reads YAML, or JSON, which is YAML as well. A key `<<` merges maps.
 * @throws ConfigurationError
 */
export function parseYaml(text: string, file: string): Node {
  const lines = new LineCounter();
  const document = parsed(text, file, lines);
  const at = (offset: number): Place => {
    const { line, col: column } = lines.linePos(offset);
    return { file, line, column };
  };
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0)
    throw new ConfigurationError(
      wrong.map(({ code, pos: [start] }) => {
        const message = SYNTAX[code] ?? 'this can’t be read';
        return mistakeAt(at(start), [], { message });
      }),
    );
  if (document.contents === null)
    throw new ConfigurationError([mistakeAt({ file }, [], { message: 'is empty' })]);
  return new Reading(at).node(document.contents, []);
}

function parsed(text: string, file: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(masked(text), {
      lineCounter,
      prettyErrors: false,
      keepSourceTokens: false,
    });
  } catch {
    throw new ConfigurationError([mistakeAt({ file }, [], { message: 'is nested too deeply' })]);
  }
}

/** What a document holds, with its aliases and merge keys resolved. */
class Reading {
  readonly #at: (offset: number) => Place;
  readonly #anchors = new Map<string, ParsedNode>();
  /** What is being read, from the outermost. */
  readonly #within: ParsedNode[] = [];
  #nodes = 0;

  constructor(at: (offset: number) => Place) {
    this.#at = at;
  }

  node(given: unknown, path: Path): Node {
    const yaml = given as ParsedNode | null; // what a parsed document is made of
    if (yaml === null) throw new Error('a parsed pair has a value');
    const place = this.#at(yaml.range[0]);
    if (++this.#nodes > MOST_NODES) throw wrong(place, path, 'has too many values');
    if (isAlias(yaml)) return this.#aliased(yaml.source, place, path);
    if (yaml.anchor !== undefined) this.#anchors.set(yaml.anchor, yaml);
    if (isScalar(yaml)) return { kind: 'scalar', value: scalarValue(yaml), place };
    if (this.#within.includes(yaml)) throw wrong(place, path, 'contains itself');
    this.#within.push(yaml);
    try {
      if (isSeq(yaml)) {
        const items = yaml.items.map((item, index) => this.node(item, [...path, index]));
        return { kind: 'list', items, place };
      }
      return this.#map(yaml, place, path);
    } finally {
      this.#within.pop();
    }
  }

  #aliased(anchor: string, place: Place, path: Path): Node {
    const target = this.#anchors.get(anchor);
    if (target === undefined) throw wrong(place, path, SYNTAX['BAD_ALIAS'] ?? '');
    return this.node(target, path);
  }

  #map(yaml: YAMLMap.Parsed, place: Place, path: Path): MapNode {
    const entries = new Map<string, Entry>();
    const merged: MapNode[] = [];
    for (const { key, value } of yaml.items) {
      const keyPlace = this.#at(key.range[0]);
      if (!isScalar(key)) throw wrong(keyPlace, path, 'has a key that is not text');
      const name = String(scalarValue(key));
      const inner = [...path, name];
      const node: Node =
        value === null ? { kind: 'scalar', value: null, place: keyPlace } : this.node(value, inner);
      if (isMergeKey(key)) merged.push(...mapsOf(node, inner));
      else entries.set(name, { place: keyPlace, node });
    }
    for (const { entries: others } of merged)
      for (const [name, entry] of others) if (!entries.has(name)) entries.set(name, entry);
    return { kind: 'map', entries, place };
  }
}

function scalarValue({ value }: Scalar): unknown {
  return typeof value === 'string' ? unmasked(value) : value;
}

/** https://yaml.org/type/merge.html */
function isMergeKey(key: Scalar): boolean {
  return key.value === '<<' && key.type === 'PLAIN';
}

function mapsOf(node: Node, path: Path): readonly MapNode[] {
  const nodes = node.kind === 'list' ? node.items : [node];
  return nodes.map((each) => {
    if (each.kind === 'map') return each;
    throw wrong(each.place, path, 'merges what is no map');
  });
}

function wrong(place: Place, path: Path, message: string): ConfigurationError {
  return new ConfigurationError([mistakeAt(place, path, { message })]);
}
