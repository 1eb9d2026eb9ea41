/** Why packages of Debian can't be had or run here at all. */
export type DebianUnavailableReason = 'platform' | 'no-apt' | 'no-mirror';

/**
 * Packages of Debian can't be had or run on this machine: tests that need them may be skipped. Its message says what to do about it. A
 * download that fails is a {@link DebianFetchError} instead, which no test run should pass over.
 */
export class DebianUnavailableError extends Error {
  override readonly name = 'DebianUnavailableError';
  readonly reason: DebianUnavailableReason;

  constructor(reason: DebianUnavailableReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Packages could not be downloaded or unpacked. The message ends with what the tool printed. */
export class DebianFetchError extends Error {
  override readonly name = 'DebianFetchError';
}

/** A daemon that has not come up. The message ends with what it printed. */
export class DebianStartError extends Error {
  override readonly name = 'DebianStartError';
}
