import { createRequire } from 'node:module';
import { isStorageError, readAll } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { layered, prefix } from '@org/storage-layers';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';

const [root] = process.argv.slice(2);
const server = await startS3Server({ buckets: ['files'] });
const { endpoint, region, credentials } = server;
const bucket = new S3StorageProvider({ bucket: 'files', endpoint, region, credentials });
const directory = layered(new LocalStorageProvider({ root }), prefix('esm'));

await directory.upload('Übersicht.txt', 'from a directory');
const { metadata, body } = await directory.download('Übersicht.txt');
await bucket.upload('copy.txt', body, { contentLength: metadata.size });
const content = await readAll((await bucket.download('copy.txt')).body);

const both = new HybridStorageProvider({ source: directory, target: bucket, mode: 'hybrid' });
await both.delete('Übersicht.txt');
const deleted = !(await both.exists('Übersicht.txt')) && !(await directory.exists('Übersicht.txt'));

// The same package once more, as CommonJS: another copy of the class.
const common = createRequire(import.meta.url)('@org/storage-core');
const foreign = new common.StorageError('NotFound', 'made by the other copy');

const { conditionalUpdate } = directory.capabilities; // takes a native module
await both.close();
await server.close();
console.log(
  JSON.stringify({
    content: content.toString(),
    deleted,
    copies: common.StorageError !== (await import('@org/storage-core')).StorageError,
    recognised: isStorageError(foreign, 'NotFound'),
    conditionalUpdate,
  }),
);
