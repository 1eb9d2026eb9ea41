export { createS3Client, type S3ClientOptions, type S3Credentials } from './client.js';
export type { CustomerKey, S3Encryption } from './encryption.js';
export { S3StorageProvider } from './s3-storage.js';
export type { S3Capabilities, ServerName } from './server-profile.js';
export type { S3StorageOptions } from './storage-options.js';
