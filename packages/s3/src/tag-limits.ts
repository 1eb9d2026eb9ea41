import { StorageError } from '@org/storage-core';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_TAGS = 10;
/** Characters of UTF-16. */
const MAX_NAME = 128;
/** The same. */
const MAX_VALUE = 256;
/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_S3Tag.html */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * The rules of Amazon S3, on every server: that tags can move with their files.
 * @throws StorageError `InvalidArgument`.
 */
export function checkTagLimits(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) {
    throw refusal(`there are ${entries.length} tags; S3 keeps ${MAX_TAGS} of a file`);
  }
  for (const [name, value] of entries) {
    if (name.startsWith('aws:')) throw refusal(`${shown(name)}: names with "aws:" are Amazon’s`);
    checkText('name', name, name, MAX_NAME);
    checkText('value', name, value, MAX_VALUE);
  }
}

function checkText(what: 'name' | 'value', name: string, text: string, limit: number): void {
  if (text.length > limit) {
    throw refusal(`the ${what} of ${shown(name)} has ${text.length} characters; S3 keeps ${limit}`);
  }
  if (!ALLOWED.test(text)) {
    throw refusal(
      `the ${what} of ${shown(name)} has other characters than letters, digits, spaces and + - = . _ : / @`,
    );
  }
}

function shown(name: string): string {
  return `the tag ${JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name)}`;
}

function refusal(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
