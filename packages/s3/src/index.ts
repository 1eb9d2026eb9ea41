export type { S3ClientOptions, S3Credentials } from './client.js';
export { type S3StorageOptions, S3StorageProvider } from './s3-storage.js';
export type { ServerName } from './server-profile.js';
