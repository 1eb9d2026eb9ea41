import { z } from 'zod';
import type { ParseOptions } from './parse.js';
import { configuration } from './schema/configuration.js';

type Json = Readonly<Record<string, unknown>>;

const DEFINITIONS = '#/definitions/';

/** Before the names of definitions that need not be complete. */
const PARTLY = 'partly-';

/** A text that a variable is filled into can become anything. */
const VARIABLE: Json = { type: 'string', pattern: '\\$\\{' };

/** The JSON Schema (draft 7) of a configuration file, as it is written: for editors, and for checks without this package. */
export function configurationSchema({ providers = [] }: ParseOptions = {}): Json {
  const whole = z.toJSONSchema(configuration(providers), {
    io: 'input',
    target: 'draft-07',
    unrepresentable: 'any',
    reused: 'ref',
  });
  const { $schema, definitions = {}, properties = {}, ...base } = asJson(mapped(whole, orVariable));
  const partly = asJson(mapped({ definitions, base: { ...base, properties } }, loosened));
  const incomplete = Object.entries(asJson(partly['definitions'])).map(
    ([name, definition]) => [PARTLY + name, definition] as const,
  );
  return {
    $schema,
    title: 'Configuration of @org/storage',
    ...base,
    properties: {
      $schema: { type: 'string' },
      ...asJson(properties),
      environments: {
        type: 'object',
        description: 'What differs, by the name of the environment.',
        additionalProperties: { anyOf: [{ type: 'null' }, partly['base']] },
      },
    },
    definitions: { ...asJson(definitions), ...Object.fromEntries(incomplete) },
  };
}

function asJson(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A value with all objects in it changed, from the innermost. */
function mapped(value: unknown, change: (object: Json, key: string) => Json, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, change, key));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, mapped(inner, change, name)]);
  return change(Object.fromEntries(entries), key);
}

/** Numbers, booleans, words and forms can come from a variable; names of settings can’t. */
function orVariable(schema: Json, key: string): Json {
  const { type, enum: words, pattern } = schema;
  if (key === 'propertyNames' || typeof type !== 'string') return schema;
  const isOther = type === 'number' || type === 'integer' || type === 'boolean';
  if (!isOther && words === undefined && pattern === undefined) return schema;
  const { description, ...rest } = schema;
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, VARIABLE] };
}

/** Nothing is needed of what is laid over something, and it may go with several kinds. */
function loosened(schema: Json): Json {
  const { required: _, oneOf, $ref, ...rest } = schema;
  return {
    ...rest,
    ...(oneOf === undefined ? {} : { anyOf: oneOf }),
    ...(typeof $ref === 'string' ? { $ref: $ref.replace(DEFINITIONS, DEFINITIONS + PARTLY) } : {}),
  };
}
