import { z } from 'zod';
import type { Path } from './node.js';

/** A schema of any kind. */
export type Schema = z.core.$ZodType;

/** Is told of every value that a schema knows, from the outermost. */
export type Visit = (schema: Schema, value: unknown, path: Path) => void;

/**
 * Goes through a value by its schema. Where a schema has choices, the one that the value seems to be meant for is taken: that of
 * its discriminator, else one for maps or lists where it is one. What a value becomes can be gone through as well.
 */
export function walk(schema: Schema, value: unknown, visit: Visit, path: Path = []): void {
  visit(schema, value, path);
  const inner = chosen(schema, value);
  if (inner === undefined) return;
  if (inner !== schema) {
    walk(inner, value, visit, path);
    return;
  }
  if (Array.isArray(value)) {
    if (!(schema instanceof z.ZodArray)) return;
    for (const [index, item] of value.entries())
      walk(schema.element, item, visit, [...path, index]);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const property = propertyOf(schema, key);
    if (property !== undefined) walk(property, item, visit, [...path, key]);
  }
}

/** Names of the settings that a schema of a map has. */
export function settingsOf(schema: Schema): readonly string[] | undefined {
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum)
    return schema.keyType.options.map(String);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
}

function propertyOf(schema: Schema, key: string): Schema | undefined {
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (!(schema instanceof z.ZodObject)) return undefined;
  const shape: Readonly<Record<string, Schema>> = schema.shape;
  return Object.hasOwn(shape, key) ? shape[key] : schema.def.catchall;
}

/** The schema within, or the schema itself if it is not around another. */
function chosen(schema: Schema, value: unknown): Schema | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional)
    return schema.unwrap();
  if (schema instanceof z.ZodPipe) return schema.in;
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    return schema.options.find((option) => isMeant(option, discriminator, value));
  }
  if (schema instanceof z.ZodUnion) return schema.options.find((option) => takes(option, value));
  return schema;
}

function isMeant(option: Schema, discriminator: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const name: unknown = Object.entries(value).find(([key]) => key === discriminator)?.[1];
  const literal = propertyOf(bare(option), discriminator);
  return literal instanceof z.ZodLiteral && [...literal.values].some((value) => value === name);
}

function takes(option: Schema, value: unknown): boolean {
  const inner = bare(option);
  if (Array.isArray(value)) return inner instanceof z.ZodArray;
  if (typeof value !== 'object' || value === null)
    return !(inner instanceof z.ZodObject || inner instanceof z.ZodRecord);
  if (inner instanceof z.ZodDiscriminatedUnion)
    return inner.options.some((each) => isMeant(each, inner.def.discriminator, value));
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord;
}

/** Without what lies around it. */
function bare(schema: Schema): Schema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional)
    return bare(schema.unwrap());
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema;
}
