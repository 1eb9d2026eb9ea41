import type { BucketRecord } from './records.js';
import { malformed, parseXml, xmlDocument } from './xml.js';

const SETTINGS = [
  'BlockPublicAcls',
  'IgnorePublicAcls',
  'BlockPublicPolicy',
  'RestrictPublicBuckets',
] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html */
export type PublicAccessBlock = Readonly<Record<(typeof SETTINGS)[number], boolean>>;

/** Buckets have it from the start: https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html */
export const NEW_PUBLIC_ACCESS_BLOCK = xmlDocument(
  'PublicAccessBlockConfiguration',
  SETTINGS.map((name) => [name, true]),
);

/** Where it was deleted, nothing is blocked. */
export function publicAccessBlockOf({ documents }: BucketRecord): PublicAccessBlock {
  const document = documents['publicAccessBlock'];
  return document === undefined ? settings(() => undefined) : parsePublicAccessBlock(document);
}

export function parsePublicAccessBlock(document: string): PublicAccessBlock {
  const root = parseXml(document, 'PublicAccessBlockConfiguration');
  return settings((name) => root.text(name));
}

function settings(value: (name: string) => string | undefined): PublicAccessBlock {
  const flag = (name: string): boolean => {
    const text = value(name)?.trim().toLowerCase() ?? 'false';
    if (text !== 'true' && text !== 'false') throw malformed();
    return text === 'true';
  };
  return {
    BlockPublicAcls: flag('BlockPublicAcls'),
    IgnorePublicAcls: flag('IgnorePublicAcls'),
    BlockPublicPolicy: flag('BlockPublicPolicy'),
    RestrictPublicBuckets: flag('RestrictPublicBuckets'),
  };
}
