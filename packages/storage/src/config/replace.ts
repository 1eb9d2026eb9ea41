import type { Path } from './node.js';

/** The same value with another one at a path; `undefined` takes away what is there. */
export function replaced(value: unknown, [step, ...rest]: Path, inner: unknown): unknown {
  if (step === undefined) return inner;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaced(item, rest, inner) : item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = new Map(Object.entries(value));
  const next = replaced(entries.get(String(step)), rest, inner);
  if (next === undefined) entries.delete(String(step));
  else entries.set(String(step), next);
  return Object.fromEntries(entries);
}
