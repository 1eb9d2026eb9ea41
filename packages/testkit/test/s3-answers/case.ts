import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { Setting } from './setting.js';

/** A question, and what Amazon S3 answers to it. */
export interface Case {
  readonly name: string;
  readonly aws: unknown;
  ask(setting: Setting): Promise<unknown>;
}

/** A bucket that a case has for itself. */
export async function ownBucket({ client }: Setting): Promise<string> {
  const Bucket = `answers-${Math.random().toString(36).slice(2)}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}
