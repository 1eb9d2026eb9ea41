import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from './error.js';

/**
 * One element: text, or its children in order; `undefined` leaves the element out. Attributes may stand behind the name,
 * as they do in the document.
 */
export type XmlContent = string | number | boolean | readonly XmlElement[] | undefined;
export type XmlElement = readonly [name: string, content: XmlContent];

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function xmlDocument(
  root: string,
  content: XmlContent,
  namespace: string | null = S3_NAMESPACE,
): string {
  const opening = namespace === null ? root : `${root} xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${opening}>${xmlContent(content)}</${root}>`;
}

function xmlContent(content: XmlContent): string {
  if (content === undefined) return '';
  if (typeof content === 'object') {
    let text = '';
    for (const [name, inner] of content) {
      if (inner !== undefined) text += `<${name}>${xmlContent(inner)}</${name.split(' ', 1)[0]}>`;
    }
    return text;
  }
  return escapeXml(String(content));
}

/** Control characters are illegal in XML 1.0 even as references; S3 writes the references all the same. */
function escapeXml(text: string): string {
  return text.replace(/[<>&"'\p{Cc}\ufffe\uffff]/gu, (character) => {
    switch (character) {
      case '<':
        return '&lt;';
      case '>':
        return '&gt;';
      case '&':
        return '&amp;';
      case '"':
        return '&quot;';
      case "'":
        return '&apos;';
      case '\n':
      case '\t':
        return character;
      default:
        return `&#x${character.charCodeAt(0).toString(16)};`;
    }
  });
}

/** A parsed element; text is kept as sent, never turned into numbers. */
export class XmlNode {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** All children of the name, in order. */
  all(name: string): XmlNode[] {
    const child = this.#child(name);
    if (child === undefined) return [];
    return (Array.isArray(child) ? child : [child]).map((item: unknown) => new XmlNode(item));
  }

  child(name: string): XmlNode | undefined {
    return this.all(name)[0];
  }

  text(name: string): string | undefined {
    const [child] = this.all(name);
    return child ? textOf(child.#value) : undefined;
  }

  /** The texts of all children of the name. */
  texts(name: string): string[] {
    return this.all(name).map((child) => textOf(child.#value) ?? '');
  }

  #child(name: string): unknown {
    if (typeof this.#value !== 'object' || this.#value === null) return undefined;
    return (this.#value as Readonly<Record<string, unknown>>)[name];
  }
}

/** The parser gives an element without children as a string, one with attributes or mixed content as an object. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('#text' in value)) return undefined;
  return typeof value['#text'] === 'string' ? value['#text'] : undefined;
}

const NAMED: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

/**
 * Replaces the five named references and numeric ones, each by one character, in one pass: nothing that comes out is read
 * again, so nothing can grow. Others are unknown, there being no DOCTYPE. XML 1.0 has no references to control
 * characters; S3 takes them, as keys may hold them, all but zero.
 */
function decodeReferences(text: string): string {
  // An ampersand that begins no reference does not get here: the validator refuses it.
  return text.replace(/&([^;&]*);/g, (_, name: string) => {
    const known = Object.hasOwn(NAMED, name) ? NAMED[name] : character(name);
    if (known === undefined) throw malformed();
    return known;
  });
}

function character(name: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-f]{1,8})|(\d{1,8}))$/i.exec(name) ?? [];
  if (hexadecimal === undefined && decimal === undefined) return undefined;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code === 0 || code > 0x10ffff || surrogate ? undefined : String.fromCodePoint(code);
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
  entityDecoder: {
    decode: decodeReferences,
    reset: () => undefined,
    setXmlVersion: () => undefined,
    addInputEntities: () => undefined,
    setExternalEntities: () => undefined,
  },
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
});

/** The root element, which has to be named `root`; anything else is MalformedXML. */
export function parseXml(text: string, root: string): XmlNode {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) throw malformed();
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch (cause) {
    throw cause instanceof S3Error ? cause : malformed(cause);
  }
  const node = new XmlNode(document).child(root);
  if (!node) throw malformed();
  return node;
}

export function malformed(cause?: unknown): S3Error {
  return new S3Error('MalformedXML', undefined, undefined, cause);
}
