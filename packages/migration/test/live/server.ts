import { type Fault, type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { answerQuestions } from './answering.js';

export interface ServerSettings {
  readonly port: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly dataDirectory: string;
  readonly bucket: string;
  readonly faults: readonly Fault[];
}

let server: S3Server | undefined;

const handlers = {
  async start({ credentials, bucket, ...settings }: ServerSettings) {
    server = await startS3Server({ ...settings, credentials: [credentials], buckets: [bucket] });
    const { endpoint, region, port } = server;
    return { endpoint, region, port };
  },
  openUploads: (bucket: string) => server?.openMultipartUploads(bucket).map(({ key }) => key) ?? [],
};

export type ServerHandlers = typeof handlers;

answerQuestions(handlers);
