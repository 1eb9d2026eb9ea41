export const BUCKET = 'demo';

/** What one has to know of the S3 server. */
export interface ServerAddress {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
