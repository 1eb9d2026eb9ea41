/** What a browser may do with a file of strangers that it shows. */
export interface ContentPolicy {
  /** Whether it may be shown at all; else it is saved. */
  readonly inline: boolean;
  /** `Content-Security-Policy` */
  readonly policy: string;
}

const NOTHING = "default-src 'none'";

/** No script runs, and if one did, it would be in an origin of its own. */
const SANDBOX = `${NOTHING}; style-src 'unsafe-inline'; img-src 'self'; sandbox`;

/** For what the browser shows in a document of its own making, which a sandbox would keep from loading the file with its cookies. */
const VIEWER = `${NOTHING}; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; object-src 'self'; base-uri 'none'; form-action 'none'`;

/** Types that hold no script, as browsers show them. SVG, HTML and XML do: they are not here. */
const SHOWN: ReadonlySet<string> = new Set([
  'image/apng',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
]);

const VIEWED: ReadonlySet<string> = new Set([
  'application/pdf',
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'audio/x-wav',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
]);

/** By the type that is sent, which `nosniff` holds the browser to. */
export function contentPolicy(contentType: string): ContentPolicy {
  const essence = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (VIEWED.has(essence)) return { inline: true, policy: VIEWER };
  return { inline: SHOWN.has(essence), policy: SANDBOX };
}
