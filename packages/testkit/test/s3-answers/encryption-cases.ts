import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { Case } from './case.js';
import { type Setting, told } from './setting.js';

const KEY = Buffer.alloc(32, 'k');
const OTHER = Buffer.alloc(32, 'o');
const md5 = (data: Buffer) => createHash('md5').update(data).digest('base64');

const customer = (key: Buffer) => ({
  SSECustomerAlgorithm: 'AES256',
  SSECustomerKey: key.toString('base64'),
  SSECustomerKeyMD5: md5(key),
});

const put = ({ client, bucket }: Setting, Key: string, more = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'content', ...more }));

/** The SDK would put the right digest into the place of a wrong one. */
function putWithDigestOf({ client, bucket }: Setting, Key: string, key: Buffer) {
  const command = new PutObjectCommand({ Bucket: bucket, Key, Body: 'x', ...customer(KEY) });
  const name = 'x-amz-server-side-encryption-customer-key-md5';
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      for (const header of Object.keys(headers)) {
        if (header.toLowerCase() === name) headers[header] = md5(key);
      }
      return next(args);
    },
    { step: 'build', priority: 'low' },
  );
  return client.send(command);
}
const get = ({ client, bucket }: Setting, Key: string, more = {}) =>
  client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));

export const ENCRYPTION: readonly Case[] = [
  {
    name: 'a customer’s key: the right one, none, another one',
    aws: ['content', md5(KEY), '400 InvalidRequest', '403 AccessDenied'],
    ask: async (s) => {
      await put(s, 'e/1', customer(KEY));
      const { Body, SSECustomerKeyMD5 } = await get(s, 'e/1', customer(KEY));
      return [
        await Body?.transformToString(),
        SSECustomerKeyMD5,
        await told(get(s, 'e/1')),
        await told(get(s, 'e/1', customer(OTHER))),
      ];
    },
  },
  {
    name: 'HEAD with a customer’s key: the right one, none',
    aws: [200, 400],
    ask: async (s) => {
      await put(s, 'e/2', customer(KEY));
      const head = async (more: object) => {
        const command = new HeadObjectCommand({ Bucket: s.bucket, Key: 'e/2', ...more });
        return Number.parseInt(`${await told(s.client.send(command))}`, 10);
      };
      return [await head(customer(KEY)), await head({})];
    },
  },
  {
    name: 'a customer’s key for an object without one',
    aws: '400 InvalidRequest',
    ask: async (s) => {
      await put(s, 'e/3');
      return told(get(s, 'e/3', customer(KEY)));
    },
  },
  {
    name: 'a customer’s key with another’s MD5, and one that is too short',
    aws: ['400 InvalidArgument', '400 InvalidArgument'],
    ask: async (s) => [
      await told(putWithDigestOf(s, 'e/4', OTHER)),
      await told(put(s, 'e/4', customer(Buffer.alloc(16)))),
    ],
  },
  {
    name: 'a copy of an object with a customer’s key: without it, with it',
    aws: ['400 InvalidRequest', 200, 200],
    ask: async (s) => {
      await put(s, 'e/5', customer(KEY));
      const copy = (more: object) =>
        told(
          s.client.send(
            new CopyObjectCommand({
              Bucket: s.bucket,
              Key: 'e/6',
              CopySource: `${s.bucket}/e/5`,
              ...more,
            }),
          ),
        );
      const answers = [
        await copy({}),
        await copy({
          CopySourceSSECustomerAlgorithm: 'AES256',
          CopySourceSSECustomerKey: KEY.toString('base64'),
          CopySourceSSECustomerKeyMD5: md5(KEY),
        }),
      ];
      return [...answers, await told(get(s, 'e/6'))];
    },
  },
];
