import { S3Error } from './error.js';
import type { Tag } from './records.js';
import { malformed, parseXml, type XmlElement } from './xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAXIMUM_OBJECT_TAGS = 10;
const MAXIMUM_BUCKET_TAGS = 50;
const MAXIMUM_KEY_CHARACTERS = 128;
const MAXIMUM_VALUE_CHARACTERS = 256;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags of an x-amz-tagging header, which is written like a query. */
export function parseTaggingHeader(header: string | undefined): Tag[] {
  if (header === undefined || header === '') return [];
  let parameters: URLSearchParams;
  try {
    decodeURIComponent(header.replaceAll('+', ' '));
    parameters = new URLSearchParams(header);
  } catch (cause) {
    throw new S3Error(
      'InvalidArgument',
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      { ArgumentName: 'x-amz-tagging', ArgumentValue: header },
      cause,
    );
  }
  const tags = [...parameters].map(([key, value]) => ({ key, value }));
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) {
    throw new S3Error(
      'InvalidArgument',
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      { ArgumentName: 'x-amz-tagging', ArgumentValue: header },
    );
  }
  return checked(tags, MAXIMUM_OBJECT_TAGS, 'Object');
}

export function parseTaggingDocument(text: string, of: 'Object' | 'Bucket'): Tag[] {
  const set = parseXml(text, 'Tagging').child('TagSet');
  if (!set) throw malformed();
  const tags = set.all('Tag').map((tag) => {
    const key = tag.text('Key');
    const value = tag.text('Value');
    if (key === undefined || value === undefined) throw malformed();
    return { key, value };
  });
  return checked(tags, of === 'Object' ? MAXIMUM_OBJECT_TAGS : MAXIMUM_BUCKET_TAGS, of);
}

function checked(tags: Tag[], maximum: number, of: string): Tag[] {
  if (tags.length > maximum) {
    throw new S3Error(
      of === 'Object' ? { code: 'BadRequest', status: 400 } : 'InvalidTag',
      `${of} tags cannot be greater than ${maximum}`,
    );
  }
  const seen = new Set<string>();
  for (const { key, value } of tags) {
    if (key === '' || key.length > MAXIMUM_KEY_CHARACTERS || !ALLOWED.test(key)) {
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    }
    if (key.startsWith('aws:')) {
      throw new S3Error('InvalidTag', 'System tags cannot be added/updated by requester', {
        TagKey: key,
      });
    }
    if (value.length > MAXIMUM_VALUE_CHARACTERS || !ALLOWED.test(value)) {
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', {
        TagKey: key,
        TagValue: value,
      });
    }
    if (seen.has(key)) {
      throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key', {
        TagKey: key,
      });
    }
    seen.add(key);
  }
  return tags;
}

export function taggingElements(tags: readonly Tag[]): XmlElement[] {
  const elements = tags.map(
    (tag): XmlElement => [
      'Tag',
      [
        ['Key', tag.key],
        ['Value', tag.value],
      ],
    ],
  );
  return [['TagSet', elements]];
}
