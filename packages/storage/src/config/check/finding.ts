import type { Finding } from '../mistake.js';
import type { Path } from '../node.js';

/** What is wrong with settings that are right one by one. */
export interface CrossFinding extends Finding {
  readonly path: Path;
  /** It works, but is probably not what is wanted. */
  readonly isWarning?: boolean;
}

/** What a configuration is checked for. */
export interface CheckContext {
  readonly environment?: string | undefined;
}
