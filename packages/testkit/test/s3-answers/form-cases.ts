import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { type FormRequest, formBody, signForm } from '../s3-server/signed-form.js';
import type { Case } from './case.js';
import type { Setting } from './setting.js';

/** Uploads by a form, and tells status and code. */
async function post(
  { server, bucket }: Setting,
  request: Partial<FormRequest>,
  content = 'content',
): Promise<number | string> {
  const fields = signForm(server, { bucket, fields: { key: 'form' }, ...request });
  const { body, type } = formBody(fields, { content, filename: 'name.txt' });
  const answer = await fetch(`${server.endpoint}/${bucket}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(body),
    redirect: 'manual',
  });
  const code = /<Code>(.*?)<\/Code>/.exec(await answer.text())?.[1];
  return code === undefined ? answer.status : `${answer.status} ${code}`;
}

/** The variable that stands for the name of the file. */
const FILENAME = ['$', '{filename}'].join('');

export const FORMS: readonly Case[] = [
  {
    name: 'a form uploads a file, and is answered as it asks',
    aws: [204, 200, 201, 303, 'content', 'text/x-form', { owner: 'me' }],
    ask: async (setting) => {
      const fields = { key: 'f/1', 'Content-Type': 'text/x-form', 'x-amz-meta-owner': 'me' };
      const asked = (more: Record<string, string>) =>
        post(setting, { fields: { ...fields, ...more } });
      const answers = [
        await asked({}),
        await asked({ success_action_status: '200' }),
        await asked({ success_action_status: '201' }),
        await asked({ success_action_redirect: 'http://127.0.0.1/done' }),
      ];
      const object = { Bucket: setting.bucket, Key: 'f/1' };
      const { Body, ContentType, Metadata } = await setting.client.send(
        new GetObjectCommand(object),
      );
      return [...answers, await Body?.transformToString(), ContentType, Metadata];
    },
  },
  {
    name: 'a form names the object after the file',
    aws: [204, 7],
    ask: async (setting) => {
      const answer = await post(setting, {
        fields: { key: `f/${FILENAME}` },
        uncovered: ['key'],
        conditions: [['starts-with', '$key', 'f/']],
      });
      const head = new HeadObjectCommand({ Bucket: setting.bucket, Key: 'f/name.txt' });
      return [answer, (await setting.client.send(head)).ContentLength];
    },
  },
  {
    name: 'a form that its policy does not allow is refused',
    aws: [
      '403 AccessDenied',
      '403 AccessDenied',
      '403 AccessDenied',
      '403 AccessDenied',
      '403 AccessDenied',
    ],
    ask: async (setting) => [
      await post(setting, { expiration: new Date(Date.now() - 60_000) }),
      await post(setting, { uncovered: ['key'], conditions: [{ key: 'other' }] }),
      await post(setting, { uncovered: ['key'], conditions: [['starts-with', '$key', 'x']] }),
      await post(setting, {
        fields: { key: 'k', 'x-amz-meta-more': '1' },
        uncovered: ['x-amz-meta-more'],
      }),
      await post({ ...setting, bucket: setting.bucket }, { bucket: 'another-bucket' }),
    ],
  },
  {
    name: 'a form limits the length of the file',
    aws: ['400 EntityTooSmall', 204, '400 EntityTooLarge'],
    ask: async (setting) => {
      const conditions = [['content-length-range', 3, 5]];
      return [
        await post(setting, { conditions }, 'ab'),
        await post(setting, { conditions }, 'abcde'),
        await post(setting, { conditions }, 'abcdef'),
      ];
    },
  },
  {
    name: 'a form with a wrong signature, and one with a policy that is none',
    aws: ['403 SignatureDoesNotMatch', '400 InvalidPolicyDocument'],
    ask: async (setting) => {
      const forge = (fields: Record<string, string>) => {
        fields['x-amz-signature'] = '0'.repeat(64);
      };
      return [await post(setting, { forge }), await post(setting, { policy: 'no JSON' })];
    },
  },
];
