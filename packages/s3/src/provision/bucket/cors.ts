import {
  type CORSRule,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
} from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import { canonical, isOurs, merged, OURS } from './canonical.js';
import type { Setting } from './setting.js';
import { type BucketCors, CORS_METHODS, EXPOSED_HEADERS, TICKET_HEADERS } from './settings.js';

/** Seconds. */
const MAX_AGE = 3_600;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export const CORS: Setting<readonly CORSRule[]> = {
  name: 'cors',
  permissions: ['s3:GetBucketCORS', 's3:PutBucketCORS'],
  nothing: [],
  nothingCodes: ['NoSuchCORSConfiguration'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketCorsCommand({ Bucket: bucket });
    const { CORSRules = [] } = await client.send(command, within(signal));
    return CORSRules;
  },
  wanted: ({ cors }, rules) => cors && merged(rules, rulesOf(cors), ({ ID }) => ID, meaningOf),
  facts: (rules) => {
    const ours = rules.filter(({ ID }) => isOurs(ID));
    return Object.fromEntries(ours.map((rule) => [rule.ID ?? '', wordsOf(rule)]));
  },
  write: ({ client, bucket, signal }, rules) => {
    if (rules.length === 0) {
      return client.send(new DeleteBucketCorsCommand({ Bucket: bucket }), within(signal));
    }
    const CORSConfiguration = { CORSRules: [...rules] };
    return client.send(
      new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration }),
      within(signal),
    );
  },
  warnings: ({ cors }) =>
    cors?.origins.includes('*')
      ? ['every page on the web may use signed URLs and tickets that it gets hold of']
      : [],
};

function rulesOf({ origins, maxAge = MAX_AGE, ...rest }: BucketCors): readonly CORSRule[] {
  if (origins.length === 0) return [];
  const { methods = CORS_METHODS, headers = TICKET_HEADERS, expose = EXPOSED_HEADERS } = rest;
  return [
    {
      ID: `${OURS}pages`,
      AllowedOrigins: [...origins],
      AllowedMethods: [...methods],
      ...(headers.length === 0 ? {} : { AllowedHeaders: [...headers] }),
      ...(expose.length === 0 ? {} : { ExposeHeaders: [...expose] }),
      MaxAgeSeconds: maxAge,
    },
  ];
}

function meaningOf({ ID: _, AllowedHeaders = [], ExposeHeaders = [], ...rule }: CORSRule): string {
  return canonical({
    ...rule,
    AllowedHeaders: AllowedHeaders.map((name) => name.toLowerCase()),
    ExposeHeaders: ExposeHeaders.map((name) => name.toLowerCase()),
  });
}

function wordsOf(rule: CORSRule): string {
  const { AllowedOrigins, AllowedMethods, AllowedHeaders, ExposeHeaders, MaxAgeSeconds } = rule;
  return [
    `${listed(AllowedMethods)} from ${listed(AllowedOrigins)}`,
    ...(AllowedHeaders?.length ? [`with ${listed(lowerCase(AllowedHeaders))}`] : []),
    ...(ExposeHeaders?.length ? [`showing ${listed(lowerCase(ExposeHeaders))}`] : []),
    ...(MaxAgeSeconds === undefined ? [] : [`for ${MaxAgeSeconds} s`]),
  ].join(', ');
}

function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase());
}

function listed(items: readonly string[] = []): string {
  return [...new Set(items)].sort().join(' ');
}
