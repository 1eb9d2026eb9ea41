import { createHash, randomBytes } from 'node:crypto';
import { UserPolicies } from './user-policy.js';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** When given, requests have to carry it in x-amz-security-token. */
  readonly sessionToken?: string;
}

/** Every pair of credentials is an account of its own: it owns the buckets it creates and sees no others. */
export interface Account {
  /** Canonical user id: 64 hexadecimal digits. */
  readonly id: string;
  readonly credentials: S3Credentials;
  /** Who of the account it is; undefined for the account itself, which may do everything with what it owns. */
  readonly user?: User;
}

/** One of an account’s users, who may do what his policies allow. */
export interface User {
  readonly name: string;
  readonly arn: string;
  readonly policies: UserPolicies;
}

export interface S3UserOptions extends S3Credentials {
  /** Default: the access key. */
  readonly name?: string;
  /** Documents, as text or as the object: identity-based ones, in which `Principal` has no place. Default: none. */
  readonly policies?: readonly (string | object)[];
}

/** The number that all accounts have in ARNs. */
export const ACCOUNT_NUMBER = '000000000000';

export function accountOf(credentials: S3Credentials): Account {
  const id = createHash('sha256').update(`account ${credentials.accessKeyId}`).digest('hex');
  return { id, credentials };
}

/** Throws S3Error `MalformedPolicy` for a document that is none. */
export function userOf(
  account: Account,
  options: S3UserOptions,
): Account & { readonly user: User } {
  const { name = options.accessKeyId, policies = [] } = options;
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  const documents = policies.map((policy) =>
    typeof policy === 'string' ? policy : JSON.stringify(policy),
  );
  return {
    id: account.id,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    user: {
      name,
      arn: `arn:aws:iam::${ACCOUNT_NUMBER}:user/${name}`,
      policies: new UserPolicies(documents),
    },
  };
}

export function randomCredentials(): S3Credentials {
  return {
    accessKeyId: `AK${randomBytes(9).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}
