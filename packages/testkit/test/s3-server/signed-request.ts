import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { S3Credentials, S3Server } from '../../src/s3-server/index.js';

/** A request signed by hand, so that a test can get any part of it wrong. */
export interface RawRequest {
  readonly method?: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly credentials?: S3Credentials;
  readonly region?: string;
  readonly date?: Date;
  /** x-amz-content-sha256; default: the hash of the body. */
  readonly payload?: string;
  /** Headers added behind the back of the signature. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** Changes the signature. */
  readonly forge?: (signature: string) => string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** S3's error code. */
  readonly code: string | undefined;
}

export const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) =>
  createHmac('sha256', key).update(data).digest();

const amzDate = (date: Date) => date.toISOString().replace(/[-:]|\.\d+/g, '');

function deriveKey(secret: string, date: string, region: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), 's3'), 'aws4_request');
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function queryText(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

export interface Signed {
  readonly headers: Record<string, string>;
  readonly signature: string;
  readonly key: Buffer;
  readonly timestamp: string;
  readonly scope: string;
}

export function signHeaders(server: S3Server, request: RawRequest): Signed {
  const credentials = request.credentials ?? server.credentials;
  const region = request.region ?? server.region;
  const timestamp = amzDate(request.date ?? new Date());
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    host: `127.0.0.1:${server.port}`,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': request.payload ?? sha256(request.body ?? ''),
    ...request.headers,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method ?? 'GET',
    request.path,
    queryText(request.query ?? {}),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const key = deriveKey(credentials.secretAccessKey, timestamp.slice(0, 8), region);
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const signature = (request.forge ?? ((same) => same))(hmac(key, text).toString('hex'));
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { headers, signature, key, timestamp, scope };
}

/** A URL that is signed for `host` alone. */
export function presign(
  server: S3Server,
  request: RawRequest & { readonly expires: number | string },
): string {
  const credentials = request.credentials ?? server.credentials;
  const region = request.region ?? server.region;
  const timestamp = amzDate(request.date ?? new Date());
  const scope = `${timestamp.slice(0, 8)}/${region}/s3/aws4_request`;
  const query = queryText({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': String(request.expires),
    'X-Amz-SignedHeaders': 'host',
  });
  const canonical = `${request.method ?? 'GET'}\n${request.path}\n${query}\nhost:127.0.0.1:${server.port}\n\nhost\nUNSIGNED-PAYLOAD`;
  const key = deriveKey(credentials.secretAccessKey, timestamp.slice(0, 8), region);
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  return `${request.path}?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`;
}

export async function send(server: S3Server, request: RawRequest): Promise<RawResponse> {
  const { headers } = signHeaders(server, request);
  const query = queryText(request.query ?? {});
  return transmit(server, {
    method: request.method ?? 'GET',
    target: query === '' ? request.path : `${request.path}?${query}`,
    headers: { ...headers, ...request.unsigned },
    body: request.body,
  });
}

export async function transmit(
  server: S3Server,
  request: {
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | Buffer | undefined;
  },
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { ...request.headers };
    const length = request.body === undefined ? undefined : Buffer.byteLength(request.body);
    if (length !== undefined) headers['content-length'] = String(length);
    const client = httpRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        method: request.method,
        path: request.target,
        headers,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('latin1');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            code: /<Code>(.*?)<\/Code>/.exec(body)?.[1],
          });
        });
      },
    );
    client.on('error', reject);
    client.end(request.body);
  });
}

/** A body in the coding aws-chunked, its signatures chained from the request's. */
export function chunkedBody(
  chunks: readonly Buffer[],
  signed: Signed | undefined,
  trailers: Readonly<Record<string, string>> | undefined,
): Buffer {
  const parts: Buffer[] = [];
  let previous = signed?.signature ?? '';
  const head = (algorithm: string) => [algorithm, signed?.timestamp, signed?.scope, previous];
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    let extension = '';
    if (signed) {
      const text = [...head('AWS4-HMAC-SHA256-PAYLOAD'), sha256(''), sha256(chunk)].join('\n');
      previous = hmac(signed.key, text).toString('hex');
      extension = `;chunk-signature=${previous}`;
    }
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk);
    if (chunk.length > 0) parts.push(Buffer.from('\r\n'));
  }
  if (trailers) {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}`);
    parts.push(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
    if (signed) {
      const canonical = lines.map((line) => `${line}\n`).join('');
      const text = [...head('AWS4-HMAC-SHA256-TRAILER'), sha256(canonical)].join('\n');
      const signature = hmac(signed.key, text).toString('hex');
      parts.push(Buffer.from(`x-amz-trailer-signature:${signature}\r\n`));
    }
  }
  parts.push(Buffer.from('\r\n'));
  return Buffer.concat(parts);
}

/** Everything that the server sends on a connection of its own until it closes it, or until `enough` has come. */
export async function converse(
  server: S3Server,
  bytes: string | Buffer,
  enough: RegExp,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (enough.test(received)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

export function headText(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
