import { ContentVerification } from './content-verification.js';
import { parseDeclaredChecksum } from './declared-checksum.js';
import { S3Error } from './error.js';
import { type OperationContext, payloadOf } from './operation.js';

/**
 * The XML or JSON document in a request's body. What is given to prove it is verified; `required`: S3 insists on a
 * Content-MD5 or a checksum; `foreign`: a checksum header is not that of the document.
 */
export async function readDocument(
  context: OperationContext,
  maximumBytes: number,
  proof: 'required' | 'optional' | 'foreign' = 'optional',
): Promise<string> {
  const { headers } = context.request;
  const verification = new ContentVerification(
    headers,
    proof === 'foreign'
      ? undefined
      : parseDeclaredChecksum(headers, context.authentication.payload),
  );
  if (proof === 'required' && !verification.proves) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  const payload = payloadOf(context);
  if (payload.length > maximumBytes) {
    throw new S3Error('MaxMessageLengthExceeded', undefined, {
      MaxMessageLengthBytes: maximumBytes,
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of payload.content) {
    verification.update(chunk);
    chunks.push(chunk);
  }
  verification.finish(payload.length, payload.trailers);
  return Buffer.concat(chunks).toString('utf8');
}
