import { createHash } from 'node:crypto';
import type {
  LifecycleRule,
  LifecycleRuleFilter,
  NoncurrentVersionExpiration,
} from '@aws-sdk/client-s3';
import { TOMBSTONE_TAG } from '@org/storage-core';
import { canonical, OURS } from './canonical.js';
import type { BucketLifecycle } from './settings.js';

/** The rules that the settings stand for. */
export function lifecycleRules(lifecycle: BucketLifecycle): readonly LifecycleRule[] {
  const { abandonedUploads, noncurrentVersions, transitions = [], tombstones } = lifecycle;
  const rules: LifecycleRule[] = [];
  if (abandonedUploads !== undefined) {
    const { days, prefix } = abandonedUploads;
    const AbortIncompleteMultipartUpload = { DaysAfterInitiation: days };
    rules.push(rule('abandoned-uploads', prefix, { AbortIncompleteMultipartUpload }));
  }
  if (noncurrentVersions !== undefined) {
    const { days, keep, prefix } = noncurrentVersions;
    rules.push(
      rule('noncurrent-versions', prefix, {
        NoncurrentVersionExpiration: {
          NoncurrentDays: days,
          ...(keep === undefined ? {} : { NewerNoncurrentVersions: keep }),
        },
        // A deletion whose versions are all gone hides nothing any more.
        Expiration: { ExpiredObjectDeleteMarker: true },
      }),
    );
  }
  for (const { days, storageClass, prefix } of transitions) {
    const name = `${storageClass.toLowerCase().replaceAll('_', '-')}${mark(prefix)}`;
    const Transitions = [{ Days: days, StorageClass: storageClass }];
    rules.push(rule(`to-${name}`, prefix, { Transitions }));
  }
  if (tombstones !== undefined) {
    const { days, tag = TOMBSTONE_TAG, prefix } = tombstones;
    const Tag = { Key: tag.key, Value: tag.value };
    const expiry = rule('tombstones', prefix, { Expiration: { Days: days } });
    const Filter = prefix ? { And: { Prefix: prefix, Tags: [Tag] } } : { Tag };
    rules.push({ ...expiry, Filter });
  }
  return rules;
}

function rule(name: string, prefix: string | undefined, actions: Partial<LifecycleRule>) {
  return {
    ID: `${OURS}${name}`,
    Status: 'Enabled',
    Filter: { Prefix: prefix ?? '' },
    ...actions,
  } as const satisfies LifecycleRule;
}

/** Tells rules for several prefixes apart: a prefix may be longer than a name. */
function mark(prefix: string | undefined): string {
  if (!prefix) return '';
  return `-${createHash('sha256').update(prefix).digest('hex').slice(0, 8)}`;
}

export function keepsVersions({ NoncurrentVersionExpiration }: LifecycleRule): boolean {
  return NoncurrentVersionExpiration?.NewerNoncurrentVersions !== undefined;
}

/** The rule as servers keep it that know no number of versions, as Ceph 18: they would remove all of them. */
export function withoutKept(rule: LifecycleRule): LifecycleRule {
  const { NewerNoncurrentVersions: _, ...expiration } = rule.NoncurrentVersionExpiration ?? {};
  return { ...rule, NoncurrentVersionExpiration: expiration };
}

/** The same text for rules that do the same, whatever their names, and however a server writes them down. */
export function meaningOf(rule: LifecycleRule): string {
  const { ID: _, Filter, Prefix, Transitions, NoncurrentVersionTransitions, ...actions } = rule;
  const { Expiration, ...others } = actions;
  return canonical({
    ...others,
    ...filterOf(Filter, Prefix),
    Transitions: filled(Transitions),
    NoncurrentVersionTransitions: filled(NoncurrentVersionTransitions),
    Expiration: Expiration && {
      ...Expiration,
      ExpiredObjectDeleteMarker: Expiration.ExpiredObjectDeleteMarker || undefined,
    },
  });
}

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list?.length ? list : undefined;
}

/** Before there were filters, a prefix stood in the rule; some servers write one there that came as a filter. */
function filterOf(filter: LifecycleRuleFilter | undefined, prefix: string | undefined) {
  const { And, Tag, ...single } = filter ?? {};
  const { Tags = Tag === undefined ? [] : [Tag], ...several } = And ?? {};
  const { Prefix = prefix ?? '', ...sizes } = { ...single, ...several };
  return { filter: { Prefix, Tags, ...sizes } };
}

/** What a rule does, in words; what there are no words for, as it is. */
export function wordsOf(rule: LifecycleRule): string {
  const { ID: _, Status, Filter, Prefix, ...actions } = rule;
  const { AbortIncompleteMultipartUpload, NoncurrentVersionExpiration, ...others } = actions;
  const { Expiration, Transitions = [], ...unknown } = others;
  const { filter } = filterOf(Filter, Prefix);
  const { Prefix: below, Tags, ...sizes } = filter;
  const { Days, ExpiredObjectDeleteMarker, ...more } = Expiration ?? {};
  const tags = Tags.map(({ Key, Value }) => `${Key}=${Value}`).sort();
  const rest = canonical({ ...unknown, ...sizes, ...more });
  const words = [
    ...(AbortIncompleteMultipartUpload === undefined
      ? []
      : [`abort uploads ${days(AbortIncompleteMultipartUpload.DaysAfterInitiation)} old`]),
    ...(NoncurrentVersionExpiration === undefined ? [] : [expiry(NoncurrentVersionExpiration)]),
    ...(Days === undefined ? [] : [`remove files ${days(Days)} old`]),
    ...(ExpiredObjectDeleteMarker ? ['remove deletions that hide nothing'] : []),
    ...Transitions.map(({ Days: old, StorageClass, Date: on }) =>
      on === undefined
        ? `move files ${days(old)} old to ${StorageClass}`
        : `move files on ${on.toISOString()} to ${StorageClass}`,
    ),
    ...(rest === '{}' ? [] : [rest]),
  ].join('; ');
  return (
    (Status === 'Enabled' ? '' : 'switched off: ') +
    words +
    (below === '' ? '' : `, below ${below}`) +
    (tags.length === 0 ? '' : `, tagged ${tags.join(' ')}`)
  );
}

function expiry({ NoncurrentDays, NewerNoncurrentVersions }: NoncurrentVersionExpiration): string {
  const kept = NewerNoncurrentVersions ? ` but the ${NewerNoncurrentVersions} newest` : '';
  return `remove versions ${days(NoncurrentDays)} after they were replaced${kept}`;
}

function days(count: number | undefined): string {
  return count === 1 ? '1 day' : `${count} days`;
}
