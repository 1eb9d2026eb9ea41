import {
  createBucketClient,
  differenceLines,
  isPending,
  planBucket,
} from '@org/storage-s3/provision';
import { type Check, note, ok, warning } from '../check.js';

/** About as many settings are read, at once. */
const ANSWERS = 3;

export const settings: Check = {
  id: 'settings',
  title: 'How the bucket is, and how it shall be',
  needs: ['bucket'],
  hindrance: 'the bucket’s settings can’t be read',
  answers: ANSWERS,
  applies: ({ bucket }) => bucket?.settings !== undefined,
  async run({ bucket }, signal) {
    if (bucket?.settings === undefined) return [];
    const { options } = bucket;
    const client = createBucketClient({ maxAttempts: 2, ...options });
    try {
      const { server } = options;
      const plan = await planBucket(client, options.bucket, bucket.settings, { server, signal });
      const found = plan.differences.flatMap((difference) => {
        const lines = differenceLines(difference);
        if (isPending(difference))
          return lines.map((line) => warning(line, 'storage provision shows and makes the change'));
        return difference.kind === 'none' ? [] : lines.map((line) => note(line));
      });
      return found.length === 0 ? [ok('as they shall be')] : found;
    } finally {
      client.destroy();
    }
  },
};
