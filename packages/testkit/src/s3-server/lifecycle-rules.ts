import { S3Error } from './error.js';
import type { Tag } from './records.js';
import { malformed, parseXml, type XmlNode } from './xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html */
export interface LifecycleRule {
  readonly id: string | undefined;
  readonly enabled: boolean;
  readonly filter: LifecycleFilter;
  readonly expiration: Expiration | undefined;
  readonly noncurrent: NoncurrentExpiration | undefined;
  /** Days after its start when an upload is aborted. */
  readonly abortAfterDays: number | undefined;
}

export interface LifecycleFilter {
  readonly prefix: string;
  readonly tags: readonly Tag[];
  /** Bytes; the object has to be larger, or smaller. */
  readonly largerThan: number | undefined;
  readonly smallerThan: number | undefined;
}

type Expiration =
  | { readonly type: 'days'; readonly days: number }
  /** Milliseconds since 1970. */
  | { readonly type: 'date'; readonly date: number }
  /** Delete markers with nothing behind them. */
  | { readonly type: 'markers' };

interface NoncurrentExpiration {
  readonly days: number;
  /** How many noncurrent versions stay, however old. */
  readonly keep: number;
}

const MAXIMUM_RULES = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Throws what S3 answers to rules that make no sense. Transitions are read over: all bytes lie in one place here. */
export function parseLifecycleRules(document: string): LifecycleRule[] {
  const rules = parseXml(document, 'LifecycleConfiguration').all('Rule').map(parseRule);
  if (rules.length === 0 || rules.length > MAXIMUM_RULES) throw malformed();
  const ids = rules.map(({ id }) => id).filter((id) => id !== undefined);
  if (new Set(ids).size < ids.length) {
    throw new S3Error(
      'InvalidArgument',
      'Rule ID must be unique. Found same ID for more than one rule',
    );
  }
  return rules;
}

function parseRule(node: XmlNode): LifecycleRule {
  const status = node.text('Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed();
  const expiration = node.child('Expiration');
  const noncurrent = node.child('NoncurrentVersionExpiration');
  const abort = node.child('AbortIncompleteMultipartUpload');
  const others = node.child('Transition') ?? node.child('NoncurrentVersionTransition');
  if (!expiration && !noncurrent && !abort && !others) {
    throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule');
  }
  const filter = parseFilter(node);
  if (abort && filter.tags.length > 0) {
    throw new S3Error(
      'InvalidRequest',
      'AbortIncompleteMultipartUpload cannot be specified with Tags.',
    );
  }
  return {
    id: node.text('ID') || undefined,
    enabled: status === 'Enabled',
    filter,
    expiration: expiration && parseExpiration(expiration),
    noncurrent: noncurrent && {
      days: parseDays(noncurrent, 'NoncurrentDays', 'NoncurrentVersionExpiration'),
      keep: parseCount(noncurrent.text('NewerNoncurrentVersions')) ?? 0,
    },
    abortAfterDays:
      abort && parseDays(abort, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload'),
  };
}

/** The filter may be empty, hold one thing, or several in And; before there were filters a prefix stood in the rule. */
function parseFilter(node: XmlNode): LifecycleFilter {
  const filter = node.child('Filter');
  const old = node.all('Prefix');
  if ((filter === undefined) === (old.length === 0)) throw malformed();
  const holder = filter?.child('And') ?? filter ?? node;
  return {
    prefix: holder.text('Prefix') ?? '',
    tags: holder.all('Tag').map((tag) => {
      const key = tag.text('Key');
      if (!key) throw malformed();
      return { key, value: tag.text('Value') ?? '' };
    }),
    largerThan: parseCount(holder.text('ObjectSizeGreaterThan')),
    smallerThan: parseCount(holder.text('ObjectSizeLessThan')),
  };
}

function parseExpiration(node: XmlNode): Expiration {
  const date = node.text('Date');
  const marker = node.text('ExpiredObjectDeleteMarker');
  const given = [date, marker, node.text('Days')].filter((value) => value !== undefined);
  if (given.length !== 1) throw malformed();
  if (marker === 'true') return { type: 'markers' };
  if (marker !== undefined) throw malformed();
  if (date === undefined) return { type: 'days', days: parseDays(node, 'Days', 'Expiration') };
  const time = Date.parse(date);
  if (Number.isNaN(time)) throw malformed();
  if (time % DAY_MS !== 0) throw new S3Error('InvalidArgument', "'Date' must be at midnight GMT");
  return { type: 'date', date: time };
}

function parseDays(node: XmlNode, name: string, action: string): number {
  const text = node.text(name);
  if (text === undefined || !/^-?\d{1,10}$/.test(text)) throw malformed();
  const days = Number(text);
  if (days >= 1) return days;
  throw new S3Error('InvalidArgument', `'${name}' for ${action} action must be a positive integer`);
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw malformed();
  return Number(text);
}
