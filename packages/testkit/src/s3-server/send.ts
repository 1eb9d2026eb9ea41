import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { BodyStore } from './body-store.js';
import type { S3Error } from './error.js';
import type { S3Response } from './operation.js';
import { ConnectionCut, type StruckRequest } from './struck-request.js';
import { type XmlElement, xmlDocument } from './xml.js';

/** Sends a successful answer; the content of an object streams at the pace of the client. */
export async function sendResponse(
  response: ServerResponse,
  answer: S3Response,
  bodies: BodyStore,
  struck: StruckRequest,
): Promise<void> {
  const { content } = answer;
  const headers: Record<string, string> = { ...answer.headers };
  let body: AsyncIterable<Buffer> | Buffer | undefined;
  let length = 0;
  if (content) {
    length = Math.min(content.length, struck.truncatedLength);
    body =
      bodies.readSmall(content.segments, content.start, length) ??
      bodies.read(content.segments, content.start, length);
  } else if (answer.body !== undefined) {
    body = Buffer.from(answer.body).subarray(0, struck.truncatedLength);
    length = body.length;
  }
  if (body) headers['content-length'] = String(length);
  if (!body && answer.status !== 204) headers['content-length'] ??= '0';
  response.writeHead(answer.status, headers);
  if (body) await writeBody(response, body, struck);
  response.end();
}

/** An error by S3's rules: XML, but for HEAD and 304, which have no body. */
export function sendError(
  response: ServerResponse,
  error: S3Error,
  request: { readonly id: string; readonly method: string; readonly resource: string },
): void {
  const headers: Record<string, string> = { ...error.headers };
  if (request.method === 'HEAD' || error.status === 304) {
    response.writeHead(error.status, headers);
    response.end();
    return;
  }
  const detail = Object.entries(error.detail).map(([name, value]): XmlElement => [name, value]);
  const named = 'Key' in error.detail || 'BucketName' in error.detail;
  const body = Buffer.from(
    xmlDocument(
      'Error',
      [
        ['Code', error.code],
        ['Message', error.message],
        ...detail,
        ['Resource', named ? undefined : request.resource],
        ['RequestId', request.id],
        ['HostId', hostId(request.id)],
      ],
      null,
    ),
  );
  headers['content-type'] = 'application/xml';
  headers['content-length'] = String(body.length);
  response.writeHead(error.status, headers);
  response.end(body);
}

export function newRequestId(): string {
  return randomBytes(8).toString('hex').toUpperCase();
}

export function hostId(requestId: string): string {
  return Buffer.from(`host ${requestId}`).toString('base64');
}

async function writeBody(
  response: ServerResponse,
  body: AsyncIterable<Buffer> | Buffer,
  struck: StruckRequest,
): Promise<void> {
  const limit = struck.responseBytesBeforeCut;
  let position = 0;
  for await (const chunk of Buffer.isBuffer(body) ? [body] : body) {
    const data = struck.corrupt(chunk, position).subarray(0, limit - position);
    position += data.length;
    if (!response.write(data)) await drained(response);
    if (response.destroyed) throw new ConnectionCut();
    if (position >= limit) {
      // What was written has to leave before the connection is cut.
      await new Promise<void>((resolve) => response.write('', () => resolve()));
      throw new ConnectionCut();
    }
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed || response.closed) return;
  const controller = new AbortController();
  const options = { signal: controller.signal };
  try {
    await Promise.race([once(response, 'drain', options), once(response, 'close', options)]);
  } finally {
    controller.abort();
  }
}
