export type DispositionType = 'inline' | 'attachment';

export interface Disposition {
  readonly type: DispositionType;
  readonly filename?: string | undefined;
}

/** UTF-16 units; file systems take 255 bytes of a name. */
const MAX_NAME = 200;

/**
 * The header, https://www.rfc-editor.org/rfc/rfc6266: a name beyond plain ASCII is given twice, as `filename` with `_` in place of what is
 * not, and as `filename*` of RFC 8187. What would make another name of it in the place where it is saved is taken out: slashes,
 * control characters, marks that turn the direction of writing round (`gpj.exe` that reads `exe.jpg`).
 */
export function contentDisposition(type: DispositionType, filename?: string): string {
  const name = plainName(filename ?? '');
  if (name === '') return type;
  const fallback = name.replace(/[^\x20-\x7e]|[%"\\]/gu, '_');
  const simple = `${type}; filename="${fallback}"`;
  return fallback === name ? simple : `${simple}; filename*=UTF-8''${percentEncoded(name)}`;
}

/**
 * What a stored header says. Of what is not one, `attachment` without a name.
 */
export function parseContentDisposition(header: string): Disposition {
  const type = /^\s*inline\s*(?:;|$)/i.test(header) ? 'inline' : 'attachment';
  const filename = extendedName(header) ?? quotedName(header);
  return filename === undefined || filename === '' ? { type } : { type, filename };
}

function extendedName(header: string): string | undefined {
  const [, encoded] = /;\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // it is not UTF-8
  }
}

function quotedName(header: string): string | undefined {
  const [, quoted, token] =
    /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(header) ?? [];
  return quoted?.replace(/\\(.)/gu, '$1') ?? token;
}

function plainName(filename: string): string {
  const name = filename
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replace(/[/\\]/g, '_')
    .trim();
  return name.length <= MAX_NAME ? name : shortened(name);
}

/** Keeps the extension. */
function shortened(name: string): string {
  const [extension = ''] = /\.[^.]{1,16}$/.exec(name) ?? [];
  const kept = name.slice(0, MAX_NAME - extension.length).replace(/\p{Surrogate}$/u, '');
  return kept + extension;
}

/** All but what RFC 8187 calls `attr-char`, less some that are never wrong to encode. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
