import type { MigrationPlan, ProblemKind } from '@org/storage-migration';
import type { ConfigurationOptions } from '../configuration-option.js';
import type { S3Options } from '../endpoints.js';

/** Kinds that `--accept` takes. */
const ACCEPTABLE: readonly ProblemKind[] = ['link', 'special', 'invalid-name', 'unreadable'];

/** Command lines that go on from a plan. */
export function nextLines(
  { outcome, problems, checked }: MigrationPlan,
  directory: string,
  url: string | undefined,
  options: S3Options & ConfigurationOptions,
): string[] {
  const place = placeOf(directory, url, options);
  const hidden = problems.some(({ count, examples }) => count > examples.length);
  const all = hidden ? [`storage plan ${place} --problems problems.jsonl`] : [];
  if (outcome === 'incomplete') {
    const kinds = problems
      .filter(({ kind, blocking }) => blocking && ACCEPTABLE.includes(kind))
      .map(({ kind }) => kind);
    const accept = kinds.length === 0 ? '' : ` --accept ${kinds.join(',')}`;
    return [...all, `storage plan ${place}${accept}`];
  }
  if (url === undefined) return [...all, `storage plan ${place}`];
  const accepted = problems.filter(({ accepted }) => accepted).map(({ kind }) => kind);
  const accept = accepted.length === 0 ? '' : ` --accept ${accepted.join(',')}`;
  const measure = checked.target ? [] : [`storage plan ${place}${accept} --measure target`];
  return [...all, ...measure, `storage migrate ${place}${accept}`];
}

/** As the command line has named it. */
function placeOf(
  directory: string,
  url: string | undefined,
  { storage, config, environment, endpoint, region, profile }: S3Options & ConfigurationOptions,
): string {
  const arguments_ = storage === undefined ? [directory, url ?? 's3://BUCKET/PREFIX'] : [];
  const named =
    storage === undefined ? { endpoint, region, profile } : { storage, config, environment };
  return [
    ...arguments_.map(quoted),
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${quoted(value)}`],
    ),
  ].join(' ');
}

/** As a POSIX shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
