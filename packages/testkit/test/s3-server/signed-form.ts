import { createHmac } from 'node:crypto';
import type { S3Server } from '../../src/s3-server/index.js';
import { type RawResponse, transmit } from './signed-request.js';

/** What a form is signed with. */
export interface FormSigner {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface FormRequest {
  readonly bucket: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Beside those that give every field as it is. */
  readonly conditions?: readonly unknown[];
  /** Fields, or the bucket, that get no condition of their own, being covered by `conditions` or not at all. */
  readonly uncovered?: readonly string[];
  readonly expiration?: Date | string;
  /** Replaces the policy before it is signed. */
  readonly policy?: string;
  /** Changes fields after the signature. */
  readonly forge?: (fields: Record<string, string>) => void;
}

const hmac = (key: string | Buffer, data: string) =>
  createHmac('sha256', key).update(data).digest();

/** All fields of an upload form, signed as a server does for a browser. */
export function signForm(signer: FormSigner, request: FormRequest): Record<string, string> {
  const { accessKeyId, secretAccessKey } = signer.credentials;
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const date = timestamp.slice(0, 8);
  const fields: Record<string, string> = {
    ...request.fields,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${accessKeyId}/${date}/${signer.region}/s3/aws4_request`,
    'x-amz-date': timestamp,
  };
  const expiration = request.expiration ?? new Date(Date.now() + 60_000);
  const own = Object.entries(fields)
    .filter(([name]) => !request.uncovered?.includes(name))
    .map(([name, value]) => ({ [name]: value }));
  const named = request.uncovered?.includes('bucket') ? [] : [{ bucket: request.bucket }];
  const document = {
    expiration: typeof expiration === 'string' ? expiration : expiration.toISOString(),
    conditions: [...named, ...own, ...(request.conditions ?? [])],
  };
  const policy = Buffer.from(request.policy ?? JSON.stringify(document)).toString('base64');
  const key = [signer.region, 's3', 'aws4_request'].reduce(
    (previous: Buffer, text) => hmac(previous, text),
    hmac(`AWS4${secretAccessKey}`, date),
  );
  fields['policy'] = policy;
  fields['x-amz-signature'] = hmac(key, policy).toString('hex');
  request.forge?.(fields);
  return fields;
}

/** A body of multipart/form-data, with its Content-Type. */
export interface FormBody {
  readonly body: Buffer;
  readonly type: string;
}

export function sendForm(
  server: S3Server,
  bucket: string,
  { body, type }: FormBody,
): Promise<RawResponse> {
  const headers = { host: `127.0.0.1:${server.port}`, 'content-type': type };
  return transmit(server, { method: 'POST', target: `/${bucket}`, headers, body });
}

export function formBody(
  fields: Readonly<Record<string, string>>,
  file: { readonly content: string | Buffer; readonly filename?: string } | undefined,
  behind: Readonly<Record<string, string>> = {},
): FormBody {
  const boundary = '----form-boundary-7d2c';
  const field = ([name, value]: readonly [string, string]) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const parts: (string | Buffer)[] = Object.entries(fields).map(field);
  if (file) {
    const { filename = 'file.txt', content } = file;
    const disposition = `form-data; name="file"; filename="${filename.replaceAll('"', '\\"')}"`;
    const head = `Content-Disposition: ${disposition}\r\nContent-Type: text/x-of-the-part`;
    parts.push(`--${boundary}\r\n${head}\r\n\r\n`, content, '\r\n');
  }
  parts.push(...Object.entries(behind).map(field), `--${boundary}--\r\n`);
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}
