import type { TestProject } from 'vitest/node';
import {
  type Ceph,
  type CephVersion,
  DebianUnavailableError,
  startCeph,
} from './packages/testkit/src/ceph/index.ts';
import type { ProvidedServer } from './packages/testkit/test/ceph/provided.ts';

/**
 * Provides the S3 server for the tests of the project `ceph`: the one S3_ENDPOINT names, with the
 * usual variables of AWS, else a RADOS gateway of our own.
 *
 * STORAGE_CEPH_VERSION chooses its version (20 or 18). STORAGE_CEPH=required makes it an error that
 * Ceph can't run here.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const named = namedServer(process.env);
  if (named !== null) {
    console.log(`Tests of the project ceph run on ${named.endpoint} (S3_ENDPOINT)`);
    project.provide('ceph', named);
    project.provide('cephMissing', null);
    return;
  }
  const began = performance.now();
  let ceph: Ceph;
  try {
    ceph = await startCeph({ version: chosenVersion(process.env) });
  } catch (error) {
    const { STORAGE_CEPH: wish } = process.env;
    if (!(error instanceof DebianUnavailableError) || wish === 'required') throw error;
    const instead = 'or point S3_ENDPOINT at another S3 server';
    console.warn(`Tests of the project ceph are skipped: ${error.message}, ${instead}.`);
    project.provide('ceph', null);
    project.provide('cephMissing', error.message);
    return;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`Ceph ${ceph.version} (radosgw) on ${ceph.endpoint}, ready after ${seconds} s`);
  const { version, endpoint, region, credentials, secondCredentials } = ceph;
  project.provide('ceph', { version, endpoint, region, credentials, secondCredentials });
  project.provide('cephMissing', null);
  return () => ceph.stop();
}

function chosenVersion({ STORAGE_CEPH_VERSION: version }: NodeJS.ProcessEnv): CephVersion {
  if (!version || version === '20') return 20;
  if (version === '18') return 18;
  throw new Error(`STORAGE_CEPH_VERSION is 20 or 18, not ${version}`);
}

function namedServer(environment: NodeJS.ProcessEnv): ProvidedServer | null {
  const {
    S3_ENDPOINT: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    S3_SECOND_ACCESS_KEY_ID: secondId,
    S3_SECOND_SECRET_ACCESS_KEY: secondSecret,
  } = environment;
  if (!endpoint) return null;
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(
      'S3_ENDPOINT is set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY have to be set with it.',
    );
  }
  return {
    version: null,
    endpoint,
    region: region || 'us-east-1',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    secondCredentials:
      secondId && secondSecret ? { accessKeyId: secondId, secretAccessKey: secondSecret } : null,
  };
}
