import type { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import {
  DEFAULT_EXPIRY,
  type PostTicket,
  type PostTicketOptions,
  StorageError,
} from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { recordSha256 } from './metadata.js';
import { signingWindow } from './presign.js';
import {
  areGiven,
  bindingChecksum,
  cannotBind,
  describingHeaders,
  type TicketFile,
} from './ticket-headers.js';

const INSTEAD = 'use a ticket of type put';

/**
 * A form with a signed policy. S3 refuses a form with a field that the policy does not have, and a form that lacks one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function createPostTicket(
  bucket: Bucket,
  signer: S3Client,
  { name, headers }: TicketFile,
  options: PostTicketOptions,
): Promise<PostTicket> {
  refuseUnknownFields(bucket, options);
  const { checksums, size, tags } = options;
  const checksum = bindingChecksum(bucket, checksums);
  if (checksum === undefined && areGiven(checksums)) throw cannotBind('this checksum', INSTEAD);
  const described = describingHeaders(bucket, recordSha256(headers, checksums?.sha256));
  const fields: Record<string, string> = {
    ...Object.fromEntries(Object.entries(described).map(([name, value]) => [fieldOf(name), value])),
    ...(tags === undefined ? {} : { tagging: taggingXml(tags) }),
    ...(checksum === undefined ? {} : { [checksum.header]: checksum.value }),
  };
  checkForm({ key: name.Key, ...fields });
  const { expiresIn, expiresAt } = await signingWindow(
    bucket.client,
    options.expiresIn ?? DEFAULT_EXPIRY,
  );
  signer.config.systemClockOffset = bucket.client.config.systemClockOffset; // only requests find it out
  const form = await createPresignedPost(signer, {
    ...name,
    Fields: fields,
    Conditions: [['content-length-range', size.min ?? 0, size.max]],
    Expires: expiresIn,
  });
  return { type: 'post', url: form.url, fields: form.fields, expiresAt };
}

/** S3 writes the standard headers with capitals and its own without, and not every server takes either. */
function fieldOf(header: string): string {
  if (header === 'x-amz-acl') return 'acl';
  return header.startsWith('x-amz-')
    ? header
    : header.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** What the server would drop without a word, since its forms do not know it. */
function refuseUnknownFields(bucket: Bucket, options: PostTicketOptions): void {
  const { form } = bucket.profile;
  if (form === undefined)
    throw new StorageError('Unsupported', `the server takes no forms; ${INSTEAD}`);
  for (const field of ['cacheControl', 'contentDisposition', 'tags', 'checksums'] as const) {
    if (options[field] !== undefined && !form.includes(field))
      throw cannotBind(`${field} of a form`, INSTEAD);
  }
}

/**
 * A browser sends every line end as CR LF, and S3 puts the name of the client's file in place of `${filename}`, wherever it
 * stands, https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
 */
function checkForm(fields: Readonly<Record<string, string>>): void {
  const changed = Object.entries(fields).find(([, value]) => /[\r\n]|\$\{filename\}/.test(value));
  if (changed === undefined) return;
  throw new StorageError(
    'Unsupported',
    `a form can’t carry ${JSON.stringify(changed[1])} as it is (${changed[0]}); ${INSTEAD}`,
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
function taggingXml(tags: Readonly<Record<string, string>>): string {
  const set = Object.entries(tags).map(
    ([name, value]) => `<Tag><Key>${escapeXml(name)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
  );
  return `<Tagging><TagSet>${set.join('')}</TagSet></Tagging>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
