import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { downloadHandler, type HttpRequest, keyBelow } from '@org/storage-http';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';

export { randomUUID } from 'node:crypto';
export { UrlSigner } from '@org/storage-core';
export {
  nodeListener,
  receiveUploads,
  signedUrlHandler,
  ticketHandler,
  uploadProgress,
} from '@org/storage-http';
export { LocalStorageProvider } from '@org/storage-local';

process.env['URL_SECRET'] = randomBytes(32).toString('hex');
process.env['UPLOAD_SECRET'] = randomBytes(32).toString('hex');

export const storage = new LocalStorageProvider({ root: '/srv/files' });
export const s3 = new S3StorageProvider({ bucket: 'given', region: 'eu-central-1' });
export const handler = downloadHandler({ storage, key: keyBelow('/files/') });
export const key = (): string => randomUUID();
export const mayRead = (cookie: string | undefined, _key: string): boolean => cookie !== undefined;
export const userOf = (request: HttpRequest): string => request.header('x-user') ?? 'nobody';

/** An upload as a server hands it on. */
const content = Buffer.from('a text');
const headers = new Map([
  ['content-type', 'text/plain'],
  ['content-length', String(content.length)],
  ['content-disposition', 'attachment; filename="a.txt"'],
]);
export const request: HttpRequest = {
  method: 'POST',
  url: new URL('http://localhost/files'),
  header: (name) => headers.get(name),
  body: Readable.from([content]),
  signal: new AbortController().signal,
};
