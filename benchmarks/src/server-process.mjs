import { startS3Server } from '@org/storage-testkit/s3-server';

const [, , bucket] = process.argv;
const server = await startS3Server({ buckets: [bucket] });
const { endpoint, region, credentials } = server;
process.on('disconnect', () => void server.close());
process.send({ endpoint, region, credentials });
