import { bucketArn } from '@org/storage-s3/provision';
import { type Check, failure, ok, warning } from '../check.js';
import { codeOf, reached } from './identity.js';

export const bucket: Check = {
  id: 'bucket',
  title: 'The bucket',
  needs: ['identity'],
  hindrance: 'the bucket can’t be used',
  applies: (patient) => patient.bucket !== undefined,
  async run({ bucket: found, limit }, signal) {
    if (found === undefined) return [];
    const { bucket: name, prefix = '', region = process.env['AWS_REGION'] } = found.options;
    const error = await reached(found, { signal, limit });
    if (error === undefined)
      return [ok(`${name} is there${prefix && `, and can be listed below ${prefix}`}`)];
    switch (error.code) {
      case 'NotFound':
        return [
          failure(error.message, 'make it, or look at its name, at the region and at the endpoint'),
        ];
      case 'AccessDenied':
        return [
          warning(
            `whether ${name} is there can’t be told: it may not be listed`,
            `allow s3:ListBucket on ${bucketArn(name, region)}, and look whether it is a bucket of this account`,
          ),
        ];
      case 'InvalidArgument':
        return [failure(error.message, 'name the region: --region, AWS_REGION or the profile’s')];
      default:
        return [failure(`${error.message} (${codeOf(error) || error.code})`)];
    }
  },
};
