import type { BodyWriter, Segment } from './body-store.js';
import type { ChecksumAlgorithm } from './checksum.js';
import { ContentVerification, type VerifiedContent } from './content-verification.js';
import { type DeclaredChecksum, parseDeclaredChecksum } from './declared-checksum.js';
import { S3Error } from './error.js';
import { type OperationContext, payloadOf } from './operation.js';

/** Content that came whole and matches all that was said of it, on disk, not visible yet. */
export interface ReceivedContent extends VerifiedContent {
  readonly segments: readonly Segment[];
}

/** The most that one PUT takes: 5 GiB. */
export const MAXIMUM_BYTES = 5 * 1024 ** 3;

/** Streams the body of a PUT to disk and hands it to `commit`, which takes over the references to it or throws. */
export async function receiveContent<Result>(
  context: OperationContext,
  computed: (declared: DeclaredChecksum | undefined) => ChecksumAlgorithm | undefined,
  commit: (content: ReceivedContent) => Result,
): Promise<Result> {
  const { headers } = context.request;
  const told = parseDeclaredChecksum(headers, context.authentication.payload);
  const isIgnored = told?.value !== undefined && context.leniency.ignoresChecksum(told.algorithm);
  const declared = isIgnored ? undefined : told;
  const verification = new ContentVerification(headers, declared, computed(declared));
  const payload = payloadOf(context);
  if (payload.length > MAXIMUM_BYTES) {
    throw new S3Error('EntityTooLarge', undefined, {
      ProposedSize: payload.length,
      MaxSizeAllowed: MAXIMUM_BYTES,
    });
  }
  return storeContent(
    context,
    payload.content,
    verification,
    () => verification.finish(payload.length, payload.trailers),
    commit,
  );
}

/** Streams content to disk and hands it to `commit`; of what is refused, nothing stays. */
export async function storeContent<Result>(
  context: OperationContext,
  content: AsyncIterable<Buffer>,
  verification: ContentVerification,
  finish: (size: number) => VerifiedContent,
  commit: (content: ReceivedContent) => Result,
): Promise<Result> {
  let stored = 0;
  const writer = context.store.bodies.create();
  const segments = await write(writer, async () => {
    for await (const chunk of content) {
      verification.update(chunk);
      context.leniency.beforeWrite(stored);
      stored += chunk.length;
      await writer.write(chunk);
    }
  });
  try {
    return commit({ segments, ...finish(stored) });
  } catch (error) {
    context.store.bodies.release(segments);
    throw error;
  }
}

async function write(writer: BodyWriter, copy: () => Promise<void>): Promise<Segment[]> {
  try {
    await copy();
    return await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
