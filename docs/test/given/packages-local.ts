import { Readable, Writable } from 'node:stream';
import { LocalStorageProvider } from '@org/storage-local';

/** Of a server: what it is sent, and what it answers with. */
export const request = Readable.from([Buffer.from('%PDF-1.7 an invoice')]);
export const response = Object.assign(
  new Writable({ write: (_chunk, _encoding, done) => done() }),
  { setHeader(_name: string, _value: string | undefined): void {} },
);

export const storage = new LocalStorageProvider({ root: '/srv/uploads' });
