import { createHash } from 'node:crypto';
import { type Download, readAll } from '@org/storage-core';

/** A content that says of itself what it has to be, and the metadata that belong to it. */
export interface DescribedContent {
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * @param writer makes it different from what others write.
 * @param padding bytes.
 */
export function describedContent(count: number, writer: string, padding = 0): DescribedContent {
  const text = `${count} ${writer} ${'x'.repeat(padding)}`;
  const digest = sha256(text);
  return { body: Buffer.from(`${digest} ${text}`), metadata: { digest } };
}

/**
 * Reads a file and gives its number.
 * @param withMetadata whether the store keeps them.
 * @throws Error if body and metadata are not those of one {@link describedContent}.
 */
export async function readCount(
  { metadata, body }: Download,
  withMetadata: boolean,
): Promise<number> {
  const content = String(await readAll(body));
  const space = content.indexOf(' ');
  const [digest, text] = [content.slice(0, space), content.slice(space + 1)];
  const whole = sha256(text) === digest && metadata.size === content.length;
  if (whole && (!withMetadata || metadata.metadata['digest'] === digest))
    return Number.parseInt(text, 10);
  const start = JSON.stringify(content.slice(0, 100));
  throw new Error(
    `${metadata.key} is torn: ${content.length} bytes that begin with ${start} have the metadata ${JSON.stringify(metadata)}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
