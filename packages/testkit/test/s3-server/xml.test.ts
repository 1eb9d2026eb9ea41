import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../src/s3-server/xml.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const Bucket = 'photos';
const running = useServer({ buckets: [Bucket] });

const KEYS = [
  'a\rb',
  'a\nb',
  'a\r\nb',
  'a\u2028b\u0085c',
  'a&amp;b',
  'a&#13;b',
  'a<b>"c"\'d\'',
  ' spaces ',
  'tab\tbell\u0007',
  'ü😀\uffff',
  ']]>',
  '1.0',
];

describe('keys in a DeleteObjects of the SDK', () => {
  it.each(KEYS)('are those that were put: %j', async (Key) => {
    await running.client.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
    await running.client.send(new PutObjectCommand({ Bucket, Key: `${Key}+`, Body: '' }));
    const Delete = { Objects: [{ Key }] };
    const { Deleted, Errors } = await running.client.send(
      new DeleteObjectsCommand({ Bucket, Delete }),
    );
    expect(Errors).toBeUndefined();
    expect(Deleted).toHaveLength(1);
    const { Contents } = await running.client.send(
      new ListObjectsV2Command({ Bucket, EncodingType: 'url' }),
    );
    expect(Contents).toHaveLength(1);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: `${Key}+` }));
  });

  it('are deleted by the thousand, each with references', async () => {
    const Objects = Array.from({ length: 1000 }, (_, index) => ({ Key: `${index}&<&<&<&\r` }));
    const { Deleted } = await running.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted).toHaveLength(1000);
  });
});

describe('references in a document', () => {
  const key = (content: string) => parseXml(`<Delete><Key>${content}</Key></Delete>`, 'Delete');

  it.each([
    ['&lt;&gt;&amp;&quot;&apos;', '<>&"\''],
    ['&#13;&#xD;&#x2028;&#8232;', '\r\r\u2028\u2028'],
    ['&#x1F600;', '😀'],
    ['&#x7;', '\u0007'],
    ['&amp;lt;', '&lt;'],
    ['&amp;#13;', '&#13;'],
    ['&#38;lt;', '&lt;'],
    ['<![CDATA[&lt;&#13;]]>', '&lt;&#13;'],
  ])('%s are decoded once', (content, expected) => {
    expect(key(content).text('Key')).toBe(expected);
  });

  it.each([
    '&unknown;',
    '&#0;',
    '&#xD800;',
    '&#x110000;',
    '&#;',
    '&#xg;',
    '&',
    'a & b',
    '&lt',
    '&constructor;',
  ])('%s is no reference', (content) => {
    expect(() => key(content)).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });

  it('can’t be declared, not even none', () => {
    const document = '<!DOCTYPE Delete><Delete><Key>a</Key></Delete>';
    expect(() => parseXml(document, 'Delete')).toThrow(
      expect.objectContaining({ code: 'MalformedXML' }),
    );
  });

  it('can’t be declared, and thus not grow', async () => {
    const entities = '<!DOCTYPE Delete [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>';
    const body = `${entities}<Delete><Object><Key>&b;</Key></Object></Delete>`;
    const md5 = createHash('md5').update(body).digest('base64');
    const request = { method: 'POST', path: '/photos', query: { delete: '' }, body };
    expect(
      await send(running.server, { ...request, headers: { 'content-md5': md5 } }),
    ).toMatchObject({
      status: 400,
      code: 'MalformedXML',
    });
  });
});
