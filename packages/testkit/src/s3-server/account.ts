import { createHash, randomBytes } from 'node:crypto';

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
}

export function accountOf(credentials: S3Credentials): Account {
  const id = createHash('sha256').update(`account ${credentials.accessKeyId}`).digest('hex');
  return { id, credentials };
}

export function randomCredentials(): S3Credentials {
  return {
    accessKeyId: `AK${randomBytes(9).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}
