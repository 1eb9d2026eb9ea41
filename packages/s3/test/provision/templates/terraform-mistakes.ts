import type { TerraformConfiguration } from '@org/storage-s3/provision';
import { type BlockSchema, TERRAFORM_SCHEMA } from './terraform-schema.js';

/** Arguments that every resource takes. https://developer.hashicorp.com/terraform/language/meta-arguments */
const META_ARGUMENTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  depends_on: isStrings,
  lifecycle: (value) => JSON.stringify(value) === '{"prevent_destroy":true}',
};

/** What the provider’s own description of its resources does not know, or wants otherwise, each with its place. */
export function mistakesInTerraform({ resource }: TerraformConfiguration): readonly string[] {
  return Object.entries(resource).flatMap(([type, named]) => {
    const schema = TERRAFORM_SCHEMA[type];
    if (schema === undefined) return [`there is no ${type}`];
    return Object.entries(named).flatMap(([name, block]) => {
      const meta = Object.keys(block).filter((argument) => argument in META_ARGUMENTS);
      const wrong = meta.filter((argument) => META_ARGUMENTS[argument]?.(block[argument]) !== true);
      const own = Object.entries(block).filter(([argument]) => !meta.includes(argument));
      const at = `${type}.${name}`;
      return [
        ...wrong.map((argument) => `${at}: ${argument} is odd`),
        ...inBlock(at, schema, Object.fromEntries(own)),
      ];
    });
  });
}

function inBlock(at: string, schema: BlockSchema, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${at}: is no block`];
  const missing = Object.keys(schema)
    .filter((name) => name.endsWith('!') && !Object.hasOwn(value, name.slice(0, -1)))
    .map((name) => `${at}: lacks ${name.slice(0, -1)}`);
  const wrong = Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const type = schema[name] ?? schema[`${name}!`];
    return type === undefined
      ? [`${at}: has no ${name}`]
      : inArgument(`${at}.${name}`, type, inner);
  });
  return [...missing, ...wrong];
}

/** In JSON, a block that may come several times is a list, or a single one. https://developer.hashicorp.com/terraform/language/syntax/json#nested-block-mapping */
function inArgument(at: string, type: BlockSchema[string], value: unknown): string[] {
  if (typeof type === 'object') {
    const blocks: readonly unknown[] = Array.isArray(value) ? value : [value];
    return blocks.flatMap((block, i) => inBlock(`${at}[${i}]`, type, block));
  }
  const fits = {
    string: typeof value === 'string',
    number: typeof value === 'number',
    bool: typeof value === 'boolean',
    strings: isStrings(value),
    map: typeof value === 'object' && value !== null && isStrings(Object.values(value)),
  };
  return fits[type] ? [] : [`${at}: is no ${type}`];
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
