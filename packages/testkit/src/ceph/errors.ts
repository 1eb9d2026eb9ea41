import { DebianFetchError, DebianUnavailableError } from '../debian/errors.js';

/** Why Ceph can't run here at all. */
export type CephUnavailableReason = 'platform' | 'no-apt' | 'no-mirror';

/**
 * Ceph can't run on this machine: tests that need it may be skipped. Its message says what to do
 * about it. A download that fails is a {@link CephFetchError} instead, which no test run should
 * pass over.
 */
export class CephUnavailableError extends Error {
  override readonly name = 'CephUnavailableError';
  readonly reason: CephUnavailableReason;

  constructor(reason: CephUnavailableReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Ceph's packages could not be downloaded or unpacked. The message ends with what the tool
 * printed.
 */
export class CephFetchError extends Error {
  override readonly name = 'CephFetchError';
}

/**
 * The daemons did not come up. The message ends with the tail of the log of the one that failed.
 */
export class CephStartError extends Error {
  override readonly name = 'CephStartError';
}

/**
 * A port that was free when it was chosen is taken now: the cluster is to be started again on
 * others.
 */
export class PortTakenError extends CephStartError {}

/** With what else can be done about it. */
export function asCephError(error: unknown, version: number): unknown {
  if (error instanceof DebianUnavailableError) {
    const message = `Ceph comes from Debian, and ${error.message}, or point S3_ENDPOINT at another S3 server.`;
    return new CephUnavailableError(error.reason, message);
  }
  if (!(error instanceof DebianFetchError)) return error;
  return new CephFetchError(`Ceph ${version}: ${error.message}`, { cause: error });
}
