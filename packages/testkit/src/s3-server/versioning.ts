import { S3Error } from './error.js';
import type { BucketRecord } from './records.js';
import { malformed, parseXml } from './xml.js';

/** `unversioned`: versioning was never configured; from `enabled` and `suspended` there is no way back to it. */
export type Versioning = 'unversioned' | 'enabled' | 'suspended';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html */
export function versioningOf({ documents }: BucketRecord): Versioning {
  const document = documents['versioning'];
  return document === undefined ? 'unversioned' : parseVersioning(document);
}

export function parseVersioning(document: string): Versioning {
  const root = parseXml(document, 'VersioningConfiguration');
  if (root.text('MfaDelete') === 'Enabled') {
    throw new S3Error('NotImplemented', 'MFA delete is not implemented');
  }
  switch (root.text('Status')) {
    case 'Enabled':
      return 'enabled';
    case 'Suspended':
      return 'suspended';
    case undefined:
      throw new S3Error('IllegalVersioningConfigurationException');
    default:
      throw malformed();
  }
}
