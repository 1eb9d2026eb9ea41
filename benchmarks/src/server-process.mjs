import { startS3Server } from '@org/storage-testkit/s3-server';

const [, , directory, bucket] = process.argv;
const server = await startS3Server({ buckets: [bucket], directory });
const { endpoint, region, credentials } = server;
process.on('disconnect', () => void server.close());
process.send({ endpoint, region, credentials });
