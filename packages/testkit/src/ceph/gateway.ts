import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

export interface CephCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * True if the gateway at `endpoint` answers, and knows this user: another server that took the port
 * in between does not. Signed by version 2 of S3's query signatures, which the gateway still
 * accepts and which takes one line.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export async function answers(
  endpoint: string,
  { accessKeyId, secretAccessKey }: CephCredentials,
  signal: AbortSignal,
): Promise<boolean> {
  const expires = String(Math.floor(Date.now() / 1000) + 60);
  const signature = createHmac('sha1', secretAccessKey).update(`GET\n\n\n${expires}\n/`);
  const query = new URLSearchParams({
    AWSAccessKeyId: accessKeyId,
    Expires: expires,
    Signature: signature.digest('base64'),
  });
  try {
    // not fetch: Node 20's never settles when the server hangs up at once, as a stranger on this port might
    const request = get(`${endpoint}/?${query}`, {
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    const [response]: IncomingMessage[] = await once(request, 'response');
    response?.destroy();
    return response?.statusCode === 200;
  } catch {
    return false; // refused, reset or too slow: to be asked again
  }
}
