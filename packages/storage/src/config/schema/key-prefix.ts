import { keyProblem } from '@org/storage-core';
import { text } from './text.js';

/** A folder, with or without a slash at its end. */
export function keyPrefix() {
  return text().superRefine((prefix, context) => {
    const problem = keyProblem(`${prefix.replace(/\/$/, '')}/x`);
    if (problem !== undefined)
      context.addIssue({ code: 'custom', message: `can’t begin a key: ${problem}` });
  });
}
