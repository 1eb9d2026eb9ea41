import type { Account } from './account.js';
import { accountOfKey, checkSessionToken } from './authentication.js';
import { parseTimestamp, splitCredential } from './claim.js';
import { invalidArgument, S3Error } from './error.js';
import { ALGORITHM, sameSignature, sign, signingKey } from './signature.js';

/**
 * Who signed the form: the signature is over the field `policy`, as it came.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
 * @param fields by lower-case name.
 */
export function authenticateForm(
  fields: ReadonlyMap<string, string>,
  accounts: ReadonlyMap<string, Account>,
  region: string,
): Account {
  const policy = fields.get('policy');
  // Without a policy the form is an anonymous one.
  if (policy === undefined) throw new S3Error('AccessDenied');
  if (fields.has('awsaccesskeyid') || fields.has('signature')) {
    throw new S3Error(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  const required = (name: string): string => fields.get(name.toLowerCase()) || missingField(name);
  const algorithm = required('X-Amz-Algorithm');
  const credential = required('X-Amz-Credential');
  const date = required('X-Amz-Date');
  const signature = required('X-Amz-Signature');
  if (algorithm !== ALGORITHM) {
    throw invalidArgument(
      `X-Amz-Algorithm only supports "${ALGORITHM}"`,
      'x-amz-algorithm',
      algorithm,
    );
  }
  const wrong = (reason: string) =>
    invalidArgument(
      `Error parsing the X-Amz-Credential parameter; ${reason}`,
      'x-amz-credential',
      credential,
    );
  const { accessKeyId, scope } = splitCredential(credential, wrong);
  const account = accountOfKey(accounts, accessKeyId);
  if (scope.region !== region) {
    throw wrong(`the region '${scope.region}' is wrong; expecting '${region}'`);
  }
  if (scope.service !== 's3') throw wrong(`incorrect service "${scope.service}"`);
  if (parseTimestamp(date) === undefined || !date.startsWith(scope.date)) {
    throw invalidArgument('Invalid X-Amz-Date', 'x-amz-date', date);
  }
  checkSessionToken(fields.get('x-amz-security-token'), account);
  const key = signingKey(account.credentials.secretAccessKey, scope);
  if (!sameSignature(sign(key, policy), signature)) {
    throw new S3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: accessKeyId,
      StringToSign: policy,
      SignatureProvided: signature,
    });
  }
  return account;
}

export function missingField(name: string): never {
  throw invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );
}
