import { StorageError } from '@org/storage-core';
import type { AlertRule } from './rule.js';

/** Where the pages are that say what to do about the alerts of `DEFAULT_RULES`. */
const RUNBOOKS = 'https://github.com/org/storage/blob/main/docs/runbooks/';

/**
 * The address of a rule's page.
 * @param base URL of the directory of pages; a slash at its end may be left out.
 * @throws StorageError `InvalidArgument` for a base that is no http(s) URL.
 */
export function runbookUrl(
  { runbook }: Pick<AlertRule, 'runbook'>,
  base: string = RUNBOOKS,
): string | undefined {
  if (!/^https?:/.test(base) || !URL.canParse(base))
    throw new StorageError('InvalidArgument', `runbooks is ${base}; it has to be an http(s) URL`);
  if (runbook === undefined) return undefined;
  return new URL(runbook, base.endsWith('/') ? base : `${base}/`).href;
}
