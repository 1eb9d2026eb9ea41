import { pipeline, type Readable, Transform } from 'node:stream';
import type { TokenBucket, Wish } from './token-bucket.js';

/** Bytes that are asked for at once: a twentieth of a second, so that transfers take turns often, and not too often. */
const LEAST = 1024;
const MOST = 64 * 1024;

/** Grants bytes at a rate: a bucket of this process, or one that is shared with others. */
export type Bandwidth = Readonly<Pick<TokenBucket, 'rate' | 'ask' | 'withdraw'>>;

/** What `source` gives, at the bucket's rate. Destroying the one destroys the other. */
export function throttled(source: Readable, bucket: Bandwidth): Readable {
  let wish: Wish | undefined;
  const transform: Transform = new Transform({
    transform(chunk: Uint8Array, _, done) {
      let at = 0;
      const next = () => {
        const end = Math.min(chunk.byteLength, at + pieceAt(bucket.rate));
        const piece = chunk.subarray(at, end);
        if (piece.byteLength === 0) {
          done();
          return;
        }
        at = end;
        wish = {
          bytes: piece.byteLength,
          grant() {
            transform.push(piece);
            next();
          },
        };
        bucket.ask(wish);
      };
      next();
    },
    destroy(error, done) {
      if (wish !== undefined) bucket.withdraw(wish);
      done(error);
    },
  });
  return pipeline(source, transform, () => {});
}

function pieceAt(rate: number): number {
  if (!Number.isFinite(rate)) return Number.MAX_SAFE_INTEGER;
  return Math.min(MOST, Math.max(LEAST, Math.floor(rate / 20)));
}
