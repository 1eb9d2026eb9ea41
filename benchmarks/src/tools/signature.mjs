import { createHash, createHmac } from 'node:crypto';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/**
 * Signs requests by their headers, with no more than the specification asks for, since it is the measure for others: AWS Signature Version 4,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * @returns `(method, host, path, payload) => headers`; `path` is encoded, and has no query; `payload` is the SHA-256 in hex, or `UNSIGNED-PAYLOAD`.
 */
export function signer(
  { region, credentials: { accessKeyId, secretAccessKey } },
  now = () => new Date(),
) {
  let [day, key] = ['', Buffer.alloc(0)];
  return (method, host, path, payload) => {
    const date = `${now().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
    if (day !== date.slice(0, 8)) {
      day = date.slice(0, 8);
      key = [day, region, 's3', 'aws4_request'].reduce(hmac, `AWS4${secretAccessKey}`);
    }
    const signed = 'host;x-amz-content-sha256;x-amz-date';
    const canonical = `${method}\n${path}\n\nhost:${host}\nx-amz-content-sha256:${payload}\nx-amz-date:${date}\n\n${signed}\n${payload}`;
    const scope = `${day}/${region}/s3/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
    const signature = hmac(key, text).toString('hex');
    return {
      host,
      'x-amz-content-sha256': payload,
      'x-amz-date': date,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    };
  };
}
