import type { BucketRecord } from './records.js';
import { malformed, parseXml, xmlDocument } from './xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html */
const OWNERSHIPS = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

export type Ownership = (typeof OWNERSHIPS)[number];

export function isOwnership(text: string): text is Ownership {
  return OWNERSHIPS.some((name) => name === text);
}

export function ownershipDocument(ownership: Ownership): string {
  return xmlDocument('OwnershipControls', [['Rule', [['ObjectOwnership', ownership]]]]);
}

/** Where the controls were deleted, access control lists are in force. */
export function ownershipOf({ documents }: BucketRecord): Ownership {
  const document = documents['ownershipControls'];
  return document === undefined ? 'ObjectWriter' : parseOwnership(document);
}

export function parseOwnership(document: string): Ownership {
  const rules = parseXml(document, 'OwnershipControls').all('Rule');
  const ownership = rules[0]?.text('ObjectOwnership');
  if (rules.length !== 1 || ownership === undefined || !isOwnership(ownership)) throw malformed();
  return ownership;
}
