import { StorageError } from '@org/storage-core';
import { wantedBlock } from './public-access.js';
import type { BucketCors, BucketLifecycle, BucketSettings } from './settings.js';

/** @throws StorageError `InvalidArgument` that tells all that is wrong. */
export function checkSettings(bucket: string, settings: BucketSettings): void {
  const problems = [...problemsOf(bucket, settings)];
  if (problems.length === 0) return;
  throw new StorageError('InvalidArgument', problems.join('; '), { operation: 'provision' });
}

function* problemsOf(bucket: string, settings: BucketSettings): Generator<string> {
  const { publicPrefix, access = [], lifecycle, cors, tags = {}, logging, encryption } = settings;
  if (publicPrefix !== undefined) {
    if (publicPrefix === '') yield 'publicPrefix is empty: it would open the whole bucket';
    const { publicPolicy, restrictPublicBuckets } = wantedBlock(settings);
    if (publicPolicy || restrictPublicBuckets) {
      yield 'publicPrefix needs blockPublicAccess without publicPolicy and restrictPublicBuckets; leave blockPublicAccess out';
    }
  }
  if (encryption?.type === 'sse-kms' && encryption.keyId === '') yield 'encryption.keyId is empty';
  for (const { principal, as, guard = false } of access) {
    if (!PRINCIPAL.test(principal)) {
      yield `access: ${shown(principal)} is no ARN of a role, a user or an account, such as arn:aws:iam::123456789012:role/app`;
    } else if (guard && as !== 'migrator') {
      yield `access: ${shown(principal)} is let in as ${as}: guard is for a migrator`;
    } else if (guard && principal.endsWith(':root')) {
      yield `access: ${shown(principal)} is a whole account: guard is for a role or a user of its own`;
    }
  }
  if (lifecycle !== undefined) yield* lifecycleProblems(lifecycle);
  if (cors !== undefined) yield* corsProblems(cors);
  yield* tagProblems(tags);
  if (logging?.bucket === '') yield 'logging.bucket is empty';
  if (logging?.bucket === bucket) {
    yield 'logging.bucket is another bucket: each log would be logged again';
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]+)$/;

function* lifecycleProblems(lifecycle: BucketLifecycle): Generator<string> {
  const { abandonedUploads, noncurrentVersions, transitions = [], tombstones } = lifecycle;
  const rules = { abandonedUploads, noncurrentVersions, tombstones };
  for (const [name, rule] of Object.entries(rules)) {
    if (rule !== undefined && !isCount(rule.days)) yield `lifecycle.${name}.days ${DAYS}`;
  }
  const { keep = 1 } = noncurrentVersions ?? {};
  if (!isCount(keep) || keep > 100) yield 'lifecycle.noncurrentVersions.keep is 1 to 100';
  for (const { days, storageClass } of transitions) {
    if (!isCount(days)) yield `lifecycle.transitions.days ${DAYS}`;
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
    if (days < 30 && (storageClass === 'STANDARD_IA' || storageClass === 'ONEZONE_IA')) {
      yield `lifecycle.transitions.days is 30 or more for ${storageClass}`;
    }
  }
  const targets = transitions.map(({ storageClass, prefix = '' }) => `${storageClass} ${prefix}`);
  if (new Set(targets).size < targets.length) {
    yield 'lifecycle.transitions has a storage class twice for one prefix';
  }
}

const DAYS = 'is a whole number, 1 or more';

function* corsProblems({ origins, maxAge = 0, ...lists }: BucketCors): Generator<string> {
  for (const origin of origins) {
    if (!/^(\*|[a-z][a-z0-9+.-]*:\/\/[^/*\s]*(\*[^/*\s]*)?)$/.test(origin)) {
      yield `cors.origins: ${shown(origin)} is no origin, such as https://app.example.com: without a slash at its end, with one * at most`;
    }
  }
  if (lists.methods?.length === 0) yield 'cors.methods is empty';
  for (const header of lists.headers ?? []) {
    if (header.split('*').length > 2) yield `cors.headers: ${shown(header)} has more than one *`;
  }
  if (!Number.isSafeInteger(maxAge) || maxAge < 0) yield 'cors.maxAge is a whole number of seconds';
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-managing.html */
function* tagProblems(tags: Readonly<Record<string, string>>): Generator<string> {
  const entries = Object.entries(tags);
  if (entries.length > 50) yield `there are ${entries.length} tags; a bucket has 50 at most`;
  for (const [name, value] of entries) {
    if (name.startsWith('aws:')) yield `tags: names with "aws:", as ${shown(name)}, are Amazon’s`;
    if (name === '' || name.length > 128 || !TAG_TEXT.test(name)) {
      yield `tags: ${shown(name)} is no name: 1 to 128 ${LETTERS}`;
    }
    if (value.length > 256 || !TAG_TEXT.test(value)) {
      yield `tags: the value of ${shown(name)} is up to 256 ${LETTERS}`;
    }
  }
}

const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const LETTERS = 'letters, digits, spaces and + - = . _ : / @';

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function shown(text: string | undefined = ''): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
