import { afterAll, beforeAll, describe } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { answersAsAmazon } from './suite.js';

describe('the S3 server in process answers as Amazon S3 does', () => {
  let server: S3Server;
  beforeAll(async () => {
    const keys = (name: string) => ({ accessKeyId: name, secretAccessKey: `secret of ${name}` });
    server = await startS3Server({ credentials: [keys('first'), keys('second')] });
  });
  afterAll(() => server.close());
  answersAsAmazon(() => ({ ...server, secondCredentials: server.accounts[1] ?? null }));
});
