import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyType, ResourceProperties, SpecDatabase } from '@aws-cdk/service-spec-types';
import type { CloudFormationTemplate } from '@org/storage-s3/provision';

let loaded: SpecDatabase | undefined;

/** What CloudFormation’s own description of its resources does not know, or wants otherwise, each with its place. */
export function mistakesIn({ Resources }: CloudFormationTemplate): readonly string[] {
  loaded ??= loadAwsServiceSpecSync();
  const spec = loaded;
  return Object.entries(Resources).flatMap(([name, { Type, Properties }]) => {
    const [resource] = spec.lookup('resource', 'cloudFormationType', 'equals', Type);
    if (resource === undefined) return [`${name}: there is no ${Type}`];
    return inProperties(spec, name, resource.properties, Properties);
  });
}

function inProperties(
  spec: SpecDatabase,
  at: string,
  known: ResourceProperties,
  value: unknown,
): string[] {
  if (typeof value !== 'object' || value === null) return [`${at}: is no object`];
  const missing = Object.entries(known)
    .filter(([name, { required }]) => required === true && !Object.hasOwn(value, name))
    .map(([name]) => `${at}: lacks ${name}`);
  const wrong = Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const property = known[name];
    if (property === undefined) return [`${at}: has no ${name}`];
    return inValue(spec, `${at}.${name}`, property.type, inner);
  });
  return [...missing, ...wrong];
}

function inValue(spec: SpecDatabase, at: string, type: PropertyType, value: unknown): string[] {
  if (isFunction(value)) return [];
  switch (type.type) {
    case 'string':
    case 'boolean':
      return typeof value === type.type ? [] : [`${at}: is no ${type.type}`];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${at}: is no whole number`];
    case 'json':
      return typeof value === 'object' ? [] : [`${at}: is no object`];
    case 'tag':
      return Object.keys(Object(value)).sort().join() === 'Key,Value' ? [] : [`${at}: is no tag`];
    case 'array':
      if (!Array.isArray(value)) return [`${at}: is no list`];
      return value.flatMap((item, i) => inValue(spec, `${at}[${i}]`, type.element, item));
    case 'ref':
      return inProperties(
        spec,
        at,
        spec.get('typeDefinition', type.reference.$ref).properties,
        value,
      );
    case 'union': {
      const tried = type.types.map((one) => inValue(spec, at, one, value));
      return tried.find((mistakes) => mistakes.length === 0) ?? tried[0] ?? [];
    }
    default:
      return [`${at}: is of a type that is not looked into, ${type.type}`];
  }
}

function isFunction(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && /^(Ref|Fn::\w+)$/.test(Object.keys(value).join())
  );
}
