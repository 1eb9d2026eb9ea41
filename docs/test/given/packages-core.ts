import { Readable } from 'node:stream';
import { MemoryStorageProvider } from '@org/storage-core';

export { grantedUpload, type UploadTicket, UrlSigner } from '@org/storage-core';

const secret = 'a secret of at least thirty-two bytes';
process.env['URL_SECRET'] = secret;

const urls = { baseUrl: 'https://example.com/files', keys: [{ id: '2026', secret }] };
const memory = new MemoryStorageProvider({ urls });
await memory.upload('reports/1.pdf', '%PDF-1.7');
export const sha256 = '0'.repeat(64);

/** A store that has URLs, which its type leaves open. */
const { createDownloadUrl, createUploadTicket } = memory;
if (createDownloadUrl === undefined || createUploadTicket === undefined) throw new Error('no URLs');
export const files = Object.assign(memory, { createDownloadUrl, createUploadTicket });

const content = 'the content of a file';
export const contentLength = content.length;

/** What a handler of a PUT has been sent. */
const ticket = await files.createUploadTicket('pictures/2.jpg', { contentLength });
if (ticket.type !== 'put') throw new Error(`a ticket of the type ${ticket.type}`);
export const contentType = 'image/jpeg';
export const request = Object.assign(Readable.from([Buffer.from(content)]), {
  method: 'PUT',
  url: ticket.url,
});
