import { bucketArn, type Permission, type PermissionTrial } from '@org/storage-s3/provision';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';
import { needsOf, WHY } from '../needs.js';
import type { BucketPatient, Patient } from '../patient.js';

/** Each is a request of its own. */
const ANSWERS = 25;

export const permissions: Check = {
  id: 'permissions',
  title: 'What the credentials may do',
  needs: ['bucket'],
  hindrance: 'a permission is missing',
  answers: ANSWERS,
  applies: ({ bucket }) => bucket !== undefined,
  async run(patient, signal) {
    const { bucket, limit } = patient;
    if (bucket === undefined) return [];
    const { needed, wanted } = needsOf(patient);
    const noted: readonly Permission[] = patient.role === 'migrator' ? ['put-unconditionally'] : [];
    if (needed.length === 0)
      return [
        note(
          patient.back === true
            ? 'the mode target does not use the bucket any more'
            : 'the mode source does not use the bucket yet',
        ),
      ];
    const all = [...needed, ...wanted, ...noted];
    const { trials, left } = await bucket.inspection.permissions(all, { signal, limit });
    const asked = trials.filter(({ permission }) => !noted.includes(permission));
    const allowed = asked.filter(({ outcome }) => outcome === 'allowed');
    const told = allowed.map(({ permission }) => spoken(permission)).join(', ');
    return [
      ...(allowed.length > 0 ? [ok(`allowed: ${told}`)] : []),
      ...byAction(asked).map((group) => lacking(group, needed, bucket)),
      ...enforced(trials, patient),
      ...remains(left),
    ];
  },
};

/** Those that are not allowed, together where one statement of a policy mends them. */
function byAction(trials: readonly PermissionTrial[]): PermissionTrial[][] {
  const groups = new Map<string, PermissionTrial[]>();
  for (const trial of trials) {
    const { action, outcome, error } = trial;
    if (outcome === 'allowed') continue;
    const group = `${outcome} ${outcome === 'denied' ? action : error?.message}`;
    groups.set(group, [...(groups.get(group) ?? []), trial]);
  }
  return [...groups.values()];
}

function lacking(
  group: readonly PermissionTrial[],
  needed: readonly Permission[],
  { options }: BucketPatient,
): Finding {
  const names = group.map(({ permission }) => spoken(permission)).join(', ');
  const needful = group.some(({ permission }) => needed.includes(permission));
  const uses = [...new Set(group.flatMap(({ permission }) => WHY[permission] ?? []))];
  const why = needful || uses.length === 0 ? '' : ` (only for ${uses.join(', ')})`;
  const [{ action, outcome, error } = { action: '', outcome: 'failed', error: undefined }] = group;
  const found = needful ? failure : warning;
  switch (outcome) {
    case 'denied':
      return found(`denied: ${names}${why}`, `allow ${action} on ${resource(action, options)}`);
    case 'unsupported':
      return note(`the server does not know: ${names}${why}`);
    case 'untried':
      return note(`not tried, since what they need was not allowed or not answered: ${names}`);
    default:
      return found(
        `${names}: ${error?.message ?? 'failed'}${why}`,
        'try again, and look at the server',
      );
  }
}

/** What an IAM policy calls it. Some actions are of the bucket, all others of its objects. */
function resource(
  action: string,
  { bucket, prefix = '', region = process.env['AWS_REGION'] }: BucketPatient['options'],
): string {
  const ofBucket = /^s3:(ListBucket|ListBucketVersions|ListBucketMultipartUploads)$/.test(action);
  const below = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  return `${bucketArn(bucket, region)}${ofBucket ? '' : `/${below}*`}`;
}

/** Whether the bucket itself keeps a migrator from overwriting. */
function enforced(trials: readonly PermissionTrial[], { role }: Patient): Finding[] {
  const plain = trials.find(({ permission }) => permission === 'put-unconditionally');
  if (role !== 'migrator' || plain?.outcome !== 'denied') return [];
  return [note('the bucket refuses writes without a condition: even a mistake can’t overwrite')];
}

function remains(left: readonly string[]): Finding[] {
  if (left.length === 0) return [];
  const what = left.slice(0, 3).join(', ');
  return [
    warning(
      `what was tried out could not be removed: ${what}${left.length > 3 ? ' …' : ''}`,
      'allow s3:DeleteObject and s3:AbortMultipartUpload below .storage/, or remove it by hand',
    ),
  ];
}

function spoken(permission: Permission): string {
  return permission.replaceAll('-', ' ');
}
