import type { CredentialsOrigin, FoundCredentials } from '@org/storage-s3/provision';
import { type Check, failure, note, ok, warning } from '../check.js';

const ORIGINS: Readonly<Record<CredentialsOrigin, string>> = {
  options: 'the configuration',
  environment: 'the environment (AWS_ACCESS_KEY_ID)',
  profile: 'a profile of the shared AWS files',
  sso: 'single sign-on',
  login: 'aws login',
  process: 'a credential process',
  'web-identity': 'a web identity token',
  'assumed-role': 'an assumed role',
  container: 'the container (ECS or EKS)',
  instance: 'the instance’s metadata (IMDS)',
  unknown: 'a provider of one’s own',
};

/** Milliseconds that credentials which nobody renews should last. */
const SOON = 60 * 60_000;

/** Fetched anew by the SDK before they expire. */
const RENEWED: readonly CredentialsOrigin[] = ['container', 'instance', 'web-identity', 'process'];

export const credentials: Check = {
  id: 'credentials',
  title: 'Where credentials are from',
  hindrance: 'there are no credentials',
  applies: ({ bucket }) => bucket !== undefined,
  async run({ bucket, limit }, signal) {
    if (bucket === undefined) return [];
    let found: FoundCredentials;
    try {
      found = await bucket.inspection.credentials({ signal, limit });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return [
        failure(
          why,
          'or name a profile (--profile), or give the machine a role; after aws sso login, where that is used',
        ),
      ];
    }
    const { origin, accessKeyId, accountId, expires, temporary } = found;
    const account = accountId === undefined ? '' : `, account ${accountId}`;
    const told = `${accessKeyId} from ${ORIGINS[origin]}${account}`;
    if (expires === undefined) return [temporary ? note(`${told}, temporary`) : ok(told)];
    const left = expires.getTime() - Date.now();
    const until = `${told}, until ${expires.toISOString()}`;
    if (left <= 0) return [failure(`${until}: they have expired`, 'get new ones')];
    if (left > SOON || RENEWED.includes(origin)) return [ok(until)];
    return [warning(until, 'they expire within the hour: get new ones before a long run')];
  },
};
