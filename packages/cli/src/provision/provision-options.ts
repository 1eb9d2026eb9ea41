import type { ConfigurationOptions } from '../configuration-option.js';
import type { S3Options } from '../endpoints.js';

export interface ProvisionOptions extends S3Options, ConfigurationOptions {
  /** A file with the settings of the bucket. */
  readonly settings?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}
