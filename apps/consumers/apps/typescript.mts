import {
  type FileMetadata,
  isStorageError,
  readAll,
  type StorageProvider,
} from '@org/storage-core';
import { type Layer, layered, readOnly } from '@org/storage-layers';
import { LocalStorageProvider } from '@org/storage-local';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';

const [root = ''] = process.argv.slice(2);
const server = await startS3Server({ buckets: ['files'] });
const { endpoint, region, credentials } = server;
const options: S3StorageOptions = { bucket: 'files', endpoint, region, credentials };
const stores: readonly StorageProvider[] = [
  new LocalStorageProvider({ root }),
  new S3StorageProvider(options),
];

const contents: string[] = [];
for (const store of stores) {
  const stored: FileMetadata = await store.upload('typescript.txt', `into ${store.name}`);
  const { body } = await store.download(stored.key);
  contents.push((await readAll(body)).toString());
  const guard: Layer = readOnly();
  const refusal: unknown = await layered(store, guard)
    .delete('typescript.txt')
    .catch((error: unknown) => error);
  contents.push(isStorageError(refusal) ? refusal.code : 'not refused');
  // @ts-expect-error: the types are there, and refuse what is wrong
  await store.stat(5).catch(() => {});
  await store.close();
}
await server.close();
console.log(JSON.stringify(contents));
