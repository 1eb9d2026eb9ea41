import type { Path } from './node.js';
import { replaced } from './replace.js';
import { configuration as schemaOf } from './schema/configuration.js';
import { marks } from './schema/mark.js';
import type { Configuration } from './types/configuration.js';
import { isCustom } from './types/configuration.js';
import { walk } from './walk.js';

export const HIDDEN = '[redacted]';

/**
 * The same without its secrets, for people to look at. What is a secret the schema says; of the settings of a third party’s provider
 * nobody knows, and none is shown.
 */
export function redacted(configuration: Configuration): unknown {
  const providers = Object.values(configuration.storages)
    .flatMap((storage) => [storage, ...sidesOf(storage)])
    .filter(isCustom)
    .map(({ provider }) => provider);
  const changes: { readonly path: Path; readonly text: string }[] = [];
  walk(schemaOf([...new Set(providers)]), configuration, (schema, value, path) => {
    const mark = marks.get(schema)?.mark;
    if (mark === 'secret' || mark === 'hidden') changes.push({ path, text: HIDDEN });
    if (mark === 'address') changes.push({ path, text: redactedAddress(String(value)) });
  });
  let result: unknown = configuration;
  for (const { path, text } of changes) result = replaced(result, path, text);
  return result;
}

/** Of a database, only the user, the host, the database and the table; a place is shown as it is. */
function redactedAddress(address: string): string {
  if (!/^[a-z]+:\/\//i.test(address) || address.startsWith('s3://')) return address;
  if (!URL.canParse(address)) return HIDDEN;
  const url = new URL(address);
  if (url.password !== '') url.password = 'redacted';
  for (const name of [...url.searchParams.keys()])
    if (name !== 'table') url.searchParams.delete(name);
  url.hash = '';
  return url.href;
}

type Storage = Configuration['storages'][string];

function sidesOf(storage: Storage): readonly Storage[] {
  if (isCustom(storage) || storage.provider !== 'hybrid') return [];
  return [storage.source, storage.target];
}
