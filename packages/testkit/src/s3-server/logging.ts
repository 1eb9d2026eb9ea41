import { S3Error } from './error.js';
import type { BucketRecord } from './records.js';
import type { Store } from './store.js';
import { malformed, parseXml } from './xml.js';

/**
 * Throws what S3 answers to a place for logs that is none. Nothing is logged there: what is real are the rules of the request.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
 */
export function checkLogging(document: string, bucket: BucketRecord, store: Store): void {
  const enabled = parseXml(document, 'BucketLoggingStatus').child('LoggingEnabled');
  if (enabled === undefined) return;
  const [target, prefix] = [enabled.text('TargetBucket'), enabled.text('TargetPrefix')];
  if (!target || prefix === undefined) throw malformed();
  const found = store.buckets.get(target);
  const detail = { TargetBucket: target };
  if (found === undefined) {
    throw new S3Error('InvalidTargetBucketForLogging', undefined, detail);
  }
  if (found.record.owner !== bucket.owner) {
    const message = 'The owner for the bucket to be logged and the target bucket must be the same.';
    throw new S3Error('InvalidTargetBucketForLogging', message, detail);
  }
}
