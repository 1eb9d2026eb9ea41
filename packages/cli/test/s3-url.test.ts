import { describe, expect, it } from 'vitest';
import { formatS3Url, parseS3Url } from '../src/s3-url.js';

describe('an S3 address', () => {
  it('names a bucket and a prefix, with or without the slash at its end', () => {
    expect(parseS3Url('s3://bucket')).toEqual({ bucket: 'bucket', prefix: '' });
    expect(parseS3Url('s3://bucket/')).toEqual({ bucket: 'bucket', prefix: '' });
    expect(parseS3Url('s3://bucket/a/b')).toEqual({ bucket: 'bucket', prefix: 'a/b/' });
    expect(parseS3Url('s3://bucket/a/b/')).toEqual({ bucket: 'bucket', prefix: 'a/b/' });
  });

  it('is not decoded', () => {
    expect(parseS3Url('s3://bucket/a%20b+ü').prefix).toBe('a%20b+ü/');
  });

  it('is written back as it is read', () => {
    const location = { bucket: 'bucket', prefix: 'a/b/' };
    expect(parseS3Url(formatS3Url(location))).toEqual(location);
  });

  it.each([
    'bucket/a',
    's3:/bucket',
    's3://',
    's3:///a',
    's3://b',
    's3://bucket//a',
    's3://bucket/../a',
  ])('is refused: %s', (text) => {
    expect(() => parseS3Url(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});
