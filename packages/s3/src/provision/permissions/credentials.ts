import type { S3Client } from '@aws-sdk/client-s3';
import { type Patience, sent } from '../../trial/place.js';

/** Where credentials were found. */
export type CredentialsOrigin =
  | 'options'
  | 'environment'
  | 'profile'
  | 'sso'
  | 'login'
  | 'process'
  | 'web-identity'
  | 'assumed-role'
  | 'container'
  | 'instance'
  | 'unknown';

/** What may be told of credentials. */
export interface FoundCredentials {
  readonly origin: CredentialsOrigin;
  /** Its first four and last four characters. */
  readonly accessKeyId: string;
  /** Whether there is a session token, without which they last. */
  readonly temporary: boolean;
  readonly expires?: Date;
  readonly accountId?: string;
}

/** By what the SDK counts of them, the most telling first. */
const ORIGINS: readonly (readonly [pattern: RegExp, origin: CredentialsOrigin])[] = [
  [/WEB_ID/, 'web-identity'],
  [/SSO/, 'sso'],
  [/LOGIN/, 'login'],
  [/ASSUME_ROLE/, 'assumed-role'],
  [/PROCESS/, 'process'],
  [/CREDENTIALS_HTTP/, 'container'],
  [/IMDS/, 'instance'],
  [/ENV_VARS/, 'environment'],
  [/PROFILE/, 'profile'],
  [/CODE/, 'options'],
];

/**
 * The credentials that requests are signed with.
 * @throws StorageError `AccessDenied` if there are none.
 */
export async function findCredentials(
  client: S3Client,
  place: { readonly bucket: string; readonly endpoint: string | undefined },
  patience: Patience,
): Promise<FoundCredentials> {
  const found = await sent(place, 'credentials', patience, ({ abortSignal }) =>
    Promise.race([client.config.credentials(), whenAborted(abortSignal)]),
  );
  const features = Object.keys(sourceOf(found)).join(' ');
  const origin = ORIGINS.find(([pattern]) => pattern.test(features))?.[1] ?? 'unknown';
  const { accessKeyId, sessionToken, expiration, accountId } = found;
  return {
    origin,
    accessKeyId: shortened(accessKeyId),
    temporary: sessionToken !== undefined,
    ...(expiration === undefined ? {} : { expires: expiration }),
    ...(accountId === undefined ? {} : { accountId }),
  };
}

/** The SDK takes no signal there. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Not declared by the SDK: which features its providers have counted for the User-Agent header. */
function sourceOf(identity: object): object {
  const source = '$source' in identity ? identity.$source : undefined;
  return typeof source === 'object' && source !== null ? source : {};
}

function shortened(accessKeyId: string): string {
  return accessKeyId.length <= 10
    ? `${accessKeyId.slice(0, 2)}…`
    : `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
}
