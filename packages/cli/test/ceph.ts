import { ownBucket } from '../../testkit/test/ceph/own-bucket.js';
import type { ProvidedServer } from '../../testkit/test/ceph/provided.js';
import { Storage, temporaryDirectory } from './fixtures.js';

/** A bucket of its own on the provided server, and the command with that server's keys. */
export async function onServer(server: ProvidedServer) {
  const { bucket, openUploads } = await ownBucket(server);
  const home = await temporaryDirectory();
  const { accessKeyId, secretAccessKey } = server.credentials;
  const storage = new Storage(home, {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  const at = ['--endpoint', server.endpoint, '--region', server.region] as const;
  return { bucket, home, storage, openUploads, at };
}
