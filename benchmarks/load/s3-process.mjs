// The S3 server of a load test, in a process of its own: `node s3-process.mjs process|ceph`, with an IPC channel.
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { openBesideCeph } from './ceph.mjs';
import { openRestartable } from './restartable.mjs';

const BUCKET = 'load';

const store = await (process.argv[2] === 'ceph' ? openBesideCeph() : openRestartable());
const { endpoint, region, credentials, kind } = store;
const own = { ...credentials }; // the SDK notes in them where they are from
const client = new S3Client({ endpoint, region, credentials: own, forcePathStyle: true });
await client.send(new CreateBucketCommand({ Bucket: BUCKET }));

const actions = {
  /** Away for so many ms, once they have begun. */
  outage: (pause) => store.outage(pause),
  faults: (faults) => store.setFaults(faults),
  /** Multipart uploads that nobody has ended, each with the time at which it was begun, in ms since 1970. */
  async uploads() {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    return Uploads.map(({ Key, Initiated }) => ({ key: Key, begun: Initiated.getTime() }));
  },
};

process.on('message', async ({ id, action, argument }) => {
  try {
    process.send({ id, result: await actions[action](argument) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', async () => {
  client.destroy();
  await store.close();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {}); // who has started it ends it
process.send({ connection: { endpoint, region, credentials, server: kind, bucket: BUCKET } });
