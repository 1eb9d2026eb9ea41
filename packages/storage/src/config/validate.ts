import type { LoadOptions } from './load.js';
import { ConfigurationError, inOrder, type Mistake } from './mistake.js';
import { settleSource } from './settle-source.js';
import { environmentsOf, readSource } from './source.js';

export interface Validation {
  /** The environments that were checked. */
  readonly environments: readonly string[];
  readonly mistakes: readonly Mistake[];
  /** What works, but is probably not what is wanted; and what could not be checked here. */
  readonly warnings: readonly Mistake[];
}

/**
 * Checks a configuration for all the environments that it speaks of and the current one, or for the one that is named. Variables and
 * secrets of other environments need not be at hand: that they are not is a warning.
 */
export async function validateConfiguration(options: LoadOptions = {}): Promise<Validation> {
  const [mistakes, warnings]: [Mistake[], Mistake[]] = [[], []];
  const environments: string[] = [];
  const check = async (name: string | undefined) => {
    const source = await readSource({ ...options, environment: name });
    const isElsewhere = name !== undefined && name !== options.environment;
    const { environment } = source;
    if (environments.includes(environment)) return;
    environments.push(environment);
    const settled = await settleSource(source, { ...options, isElsewhere });
    mistakes.push(...settled.mistakes);
    warnings.push(...settled.warnings);
  };
  const checkEach = async (names: readonly (string | undefined)[]) => {
    for (const name of names) {
      try {
        await check(name);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        mistakes.push(...error.mistakes);
      }
    }
  };
  await checkEach([options.environment]);
  if (options.environment === undefined && environments.length > 0)
    await checkEach(await environmentsOf(options));
  return { environments, mistakes: inOrder(mistakes), warnings: inOrder(warnings) };
}
