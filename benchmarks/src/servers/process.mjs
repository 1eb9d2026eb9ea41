// An S3 server in a process of its own: `node process.mjs process|ceph|sink BUCKET`, or a slow network before one: `node process.mjs proxy ENDPOINT FAULTS`.
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { FaultyProxy } from '../../load/faulty-proxy.mjs';

const GIB = 1024 ** 3;

const [, , kind, argument, faults] = process.argv;

const kinds = {
  async process(bucket) {
    const { startS3Server } = await import('@org/storage-testkit/s3-server');
    const server = await startS3Server({ buckets: [bucket] });
    return { ...told(server), close: () => server.close() };
  },
  async ceph(bucket) {
    const { startCeph } = await import('@org/storage-testkit/ceph');
    const server = await startCeph({ memoryBytes: 16 * GIB });
    const { endpoint, region, credentials } = server;
    const own = { ...credentials }; // the SDK notes in them where they are from
    const client = new S3Client({ endpoint, region, credentials: own, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return { ...told(server), version: server.version, close: () => server.stop() };
  },
  async sink() {
    const { startSink } = await import('./sink.mjs');
    const server = await startSink();
    return { ...told(server), close: () => server.close() };
  },
  async proxy(target) {
    const proxy = await FaultyProxy.before(target);
    proxy.setFaults(JSON.parse(faults));
    return { endpoint: proxy.endpoint, close: () => proxy.close() };
  },
};

const told = ({ endpoint, region, credentials }) => ({ endpoint, region, credentials });

const { close, ...connection } = await kinds[kind](argument);
process.on('disconnect', () => void close());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {}); // who has started it ends it
process.send(connection);
