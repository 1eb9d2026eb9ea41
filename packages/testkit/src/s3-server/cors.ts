import { S3Error } from './error.js';
import { parseXml } from './xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html */
export interface CorsRule {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly maxAgeSeconds: string | undefined;
}

export interface CorsQuestion {
  readonly origin: string;
  readonly method: string;
  /** Names from Access-Control-Request-Headers, lower-case. */
  readonly headers: readonly string[];
}

const METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'];
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** The rules of a CORSConfiguration; throws what S3 answers to one that makes no sense. */
export function parseCorsRules(document: string): CorsRule[] {
  const rules = parseXml(document, 'CORSConfiguration')
    .all('CORSRule')
    .map(
      (rule): CorsRule => ({
        origins: rule.texts('AllowedOrigin'),
        methods: rule.texts('AllowedMethod'),
        headers: rule.texts('AllowedHeader').map((name) => name.toLowerCase()),
        exposed: rule.texts('ExposeHeader'),
        maxAgeSeconds: rule.text('MaxAgeSeconds'),
      }),
    );
  if (rules.length === 0 || rules.some((rule) => !rule.origins.length || !rule.methods.length)) {
    throw new S3Error('MalformedXML');
  }
  const unknown = rules.flatMap((rule) => rule.methods).find((name) => !METHODS.includes(name));
  if (unknown !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
    );
  }
  return rules;
}

/** The headers with which a browser lets a page of that origin have the answer; undefined if no rule allows it. */
export function corsHeaders(
  document: string,
  { origin, method, headers }: CorsQuestion,
): Record<string, string> | undefined {
  const rule = parseCorsRules(document).find(
    (candidate) =>
      candidate.origins.some((pattern) => matches(pattern, origin)) &&
      candidate.methods.includes(method) &&
      headers.every((name) => candidate.headers.some((pattern) => matches(pattern, name))),
  );
  if (!rule) return undefined;
  const anyOrigin = rule.origins.includes('*');
  return {
    'access-control-allow-origin': anyOrigin ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(headers.length > 0 ? { 'access-control-allow-headers': headers.join(', ') } : {}),
    ...(rule.exposed.length > 0
      ? { 'access-control-expose-headers': rule.exposed.join(', ') }
      : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': rule.maxAgeSeconds }),
    ...(anyOrigin ? {} : { 'access-control-allow-credentials': 'true' }),
    vary: VARY,
  };
}

/** A pattern may have one `*`, which stands for any characters. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
