import { z } from 'zod';
import { keyPrefix } from './key-prefix.js';
import { lifecycle } from './lifecycle.js';
import { text } from './text.js';

const versioning = z.union([
  z.boolean().transform((on) => (on ? ('enabled' as const) : ('suspended' as const))),
  z.enum(['enabled', 'suspended']),
]);

const encryption = z.union([
  z.literal('sse-s3').transform((type) => ({ type })),
  z
    .strictObject({ kms: text() })
    .transform(({ kms }) => ({ type: 'sse-kms' as const, keyId: kms })),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('sse-s3') }),
    z.strictObject({
      type: z.literal('sse-kms'),
      keyId: text().optional(),
      bucketKey: z.boolean().optional(),
    }),
  ]),
]);

const blockPublicAccess = z.union([
  z.boolean(),
  z.strictObject({
    publicAcls: z.boolean().optional(),
    ignorePublicAcls: z.boolean().optional(),
    publicPolicy: z.boolean().optional(),
    restrictPublicBuckets: z.boolean().optional(),
  }),
]);

const origin = z
  .string()
  .regex(
    /^(\*|[a-z][a-z0-9+.-]*:\/\/[^/*\s]*(\*[^/*\s]*)?)$/,
    'is no origin such as https://app.example.com',
  );

const cors = z.strictObject({
  origins: z.array(origin),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']))
    .min(1, 'is empty')
    .optional(),
  headers: z.array(text()).optional(),
  expose: z.array(text()).optional(),
  maxAge: z.int().min(0).optional().describe('Seconds.'),
});

const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const tags = z.record(
  z
    .string()
    .min(1, 'is no name of a tag')
    .max(128, 'is longer than the 128 characters of a tag’s name')
    .regex(TAG_TEXT, 'is no name of a tag')
    .refine((key) => !key.startsWith('aws:'), 'begins with aws:, which is Amazon’s'),
  z
    .string()
    .max(256, 'is longer than 256 characters')
    .regex(TAG_TEXT, 'has a character that tags can’t have'),
);

const features = z.strictObject({
  tags: z.boolean().optional(),
  versioning: z.boolean().optional(),
  versions: z.boolean().optional(),
  unfinishedUploads: z.boolean().optional(),
  probe: z.boolean().optional(),
  acl: z.boolean().optional(),
  kmsKey: text().optional(),
  fleet: text().optional(),
});

const access = z.strictObject({
  principal: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]+)$/,
      'is no ARN such as arn:aws:iam::123456789012:role/app',
    ),
  as: z.enum(['application', 'migrator', 'readonly']),
  prefix: text().optional(),
  mode: z.enum(['source', 'prepare', 'hybrid', 'target']).optional(),
  features: features.optional(),
  guard: z
    .boolean()
    .optional()
    .describe('Of a migrator on Amazon S3: the bucket itself holds it to conditional writes.'),
});

/** The desired state of a bucket; what is left out stays as the bucket has it. */
export const provision = z.strictObject({
  region: text().optional(),
  versioning: versioning.optional().describe('true, or false for suspended.'),
  encryption: encryption.optional().describe('sse-s3, or { kms: KEY }.'),
  blockPublicAccess: blockPublicAccess.optional(),
  ownership: z.enum(['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']).optional(),
  tlsOnly: z.boolean().optional().describe('Denies requests in clear.'),
  publicPrefix: keyPrefix().optional().describe('Files below it are readable by everybody.'),
  access: z.array(access).optional(),
  lifecycle: lifecycle.optional(),
  cors: cors.optional(),
  tags: tags.optional(),
  logging: z.strictObject({ bucket: text(), prefix: text().optional() }).optional(),
});
