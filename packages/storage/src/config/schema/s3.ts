import { z } from 'zod';
import { duration } from './duration.js';
import { encryption } from './encryption.js';
import { httpUrl } from './http-url.js';
import { keyPrefix } from './key-prefix.js';
import { layers } from './layers.js';
import { count } from './number.js';
import { provision } from './provision.js';
import { s3Capabilities } from './s3-capabilities.js';
import { needed } from './secret-choice.js';
import { size } from './size.js';
import { name, secret, secretFile, text } from './text.js';

/** Bytes. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART = 5 * 1024 ** 2;
/** Bytes. */
const MAX_PART = 5 * 1024 ** 3;

const partSize = () => size(MIN_PART, MAX_PART, '5MiB to 5GiB');

const credentials = z
  .strictObject({
    accessKeyId: text(),
    secretAccessKey: secret().optional(),
    secretAccessKeyFile: secretFile().optional(),
    sessionToken: secret().optional(),
    sessionTokenFile: secretFile().optional(),
  })
  .transform(({ accessKeyId, secretAccessKey, sessionToken }, context) => ({
    accessKeyId,
    secretAccessKey: needed(secretAccessKey, 'secretAccessKey', context),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  }));

const STORAGE_CLASSES = [
  'DEEP_ARCHIVE',
  'EXPRESS_ONEZONE',
  'FSX_ONTAP',
  'FSX_OPENZFS',
  'GLACIER',
  'GLACIER_IR',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'OUTPOSTS',
  'REDUCED_REDUNDANCY',
  'SNOW',
  'STANDARD',
  'STANDARD_IA',
] as const;

const ACLS = [
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-full-control',
  'bucket-owner-read',
  'private',
  'public-read',
  'public-read-write',
] as const;

export const s3 = z.strictObject({
  provider: z.literal('s3'),
  bucket: text().regex(/^[^/\s]*$/, 'is not the name of a bucket: it has a slash or a space'),
  name: name().optional(),
  region: text().optional(),
  prefix: keyPrefix().optional().describe('All keys are below it.'),
  endpoint: httpUrl().optional().describe('URL of an S3-compatible server.'),
  publicEndpoint: httpUrl().optional().describe('The same server, as browsers reach it.'),
  server: z.enum(['aws', 'r2', 'minio', 'ceph', 'generic']).optional(),
  capabilities: s3Capabilities.optional(),
  forcePathStyle: z.boolean().optional(),
  profile: text().optional().describe('A profile of the shared AWS configuration files.'),
  credentials: credentials.optional().describe("Default: the SDK's chain."),
  checksum: z.enum(['crc32', 'crc64nvme', 'sha256']).optional(),
  partSize: partSize().optional(),
  concurrency: count().optional().describe('Parts of one file under way at once.'),
  multipartThreshold: partSize().optional(),
  copyThreshold: partSize().optional(),
  downloadAttempts: count().optional(),
  downloadConcurrency: count().optional(),
  downloadPartSize: size(1).optional(),
  maxSockets: count().optional().describe('Connections at once.'),
  maxAttempts: count().optional().describe('How often a request is tried.'),
  requestTimeout: duration(1).optional(),
  connectionTimeout: duration(1).optional(),
  storageClass: z.enum(STORAGE_CLASSES).optional(),
  encryption: encryption.optional(),
  acl: z.enum(ACLS).optional(),
  provision: provision.optional().describe('The desired state of the bucket.'),
  layers: layers.optional(),
});
