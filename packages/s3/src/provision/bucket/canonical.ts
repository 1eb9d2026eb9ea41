/** With what the name of every part begins that is ours: what has another name is left as it is. */
export const OURS = 'org-storage-';
/** The same in a policy, where names are letters and digits. */
export const OUR_SID = 'OrgStorage';

export function isOurs(id: string | undefined): boolean {
  return id?.startsWith(OURS) === true || id?.startsWith(OUR_SID) === true;
}

/**
 * The wanted parts beside those that are not ours: in the places of ours that they replace, the others at the end. One that
 * somebody else has already set up under another name is not set up again.
 */
export function merged<Part>(
  now: readonly Part[],
  wanted: readonly Part[],
  idOf: (part: Part) => string | undefined,
  meaningOf: (part: Part) => string,
): readonly Part[] {
  const theirs = new Set(now.filter((part) => !isOurs(idOf(part))).map(meaningOf));
  const present = new Set(now.map(idOf));
  const needed = wanted.filter((part) => present.has(idOf(part)) || !theirs.has(meaningOf(part)));
  const byId = new Map(needed.map((part) => [idOf(part), part]));
  const kept = now.flatMap((part) => {
    const id = idOf(part);
    if (!isOurs(id)) return [part];
    const replacement = byId.get(id);
    byId.delete(id);
    if (replacement === undefined) return [];
    return [meaningOf(replacement) === meaningOf(part) ? part : replacement];
  });
  return [...kept, ...byId.values()];
}

/** The same text for the same value, whatever the order of names, and of the items of lists, which are all sets here. */
export function canonical(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `[${[...new Set(value.map(canonical))].sort().join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.sort().join(',')}}`;
}
