const { isStorageError, readAll } = require('@org/storage-core');
const { detectContentType, layered } = require('@org/storage-layers');
const { LocalStorageProvider } = require('@org/storage-local');
const { S3StorageProvider } = require('@org/storage-s3');
const { startS3Server } = require('@org/storage-testkit/s3-server');

async function main([root]) {
  const server = await startS3Server({ buckets: ['files'] });
  const { endpoint, region, credentials } = server;
  const bucket = new S3StorageProvider({ bucket: 'files', endpoint, region, credentials });
  const directory = layered(new LocalStorageProvider({ root }), detectContentType());

  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const { contentType } = await directory.upload('cjs/picture', png);
  const { body } = await directory.download('cjs/picture');
  await bucket.upload('picture', body, { contentLength: png.byteLength });
  const content = await readAll((await bucket.download('picture')).body);
  const missing = await bucket.stat('missing').catch((error) => error);

  await bucket.close();
  await directory.close();
  await server.close();
  const recognised = isStorageError(missing, 'NotFound');
  const { conditionalUpdate } = directory.capabilities; // takes a native module
  console.log(
    JSON.stringify({ same: content.equals(png), contentType, recognised, conditionalUpdate }),
  );
}

main(process.argv.slice(2));
