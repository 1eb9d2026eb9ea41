import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../measure/command.mjs';

const ours = (path) => fileURLToPath(new URL(path, import.meta.url));

const COMMAND = ours('../../../packages/cli/bin/storage.mjs');

/** Of the next Node version that the SDK will need. */
const QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/**
 * Programs that copy a directory to a prefix. Each is `(setting, source) => { run(prefix) }`, where `run` gives back what the command has used, and
 * names the program of others that it `needs`.
 */
export function storage(...options) {
  return ({ connection, directory, signal }, source) => {
    const { bucket, endpoint } = connection;
    const env = {
      ...accessTo(connection),
      ...QUIET,
      XDG_STATE_HOME: join(directory, `journals-${nameOf(options)}`),
    };
    const args = (prefix) => [
      ...['--no-warnings', COMMAND, 'migrate', source, `s3://${bucket}/${prefix}`],
      ...['--endpoint', endpoint, ...options],
    ];
    return { run: (prefix) => runCommand(process.execPath, args(prefix), { env, signal }) };
  };
}

/** @param program which rclone. */
export function rclone(program, ...options) {
  const open = ({ connection, programs, signal }, source) => {
    const { file, args } = programs[program];
    const env = {
      ...accessTo(connection),
      RCLONE_CONFIG: '/dev/null', // nobody's own remotes and defaults
      RCLONE_S3_PROVIDER: 'Other',
      RCLONE_S3_ENV_AUTH: 'true',
      RCLONE_S3_ENDPOINT: connection.endpoint,
      RCLONE_S3_REGION: connection.region,
      RCLONE_S3_FORCE_PATH_STYLE: 'true',
      RCLONE_S3_NO_CHECK_BUCKET: 'true',
    };
    const target = (prefix) => `:s3:${connection.bucket}/${prefix}`;
    return {
      run: (prefix) =>
        runCommand(file, [...args, 'copy', source, target(prefix), ...options], { env, signal }),
    };
  };
  return Object.assign(open, { needs: program });
}

/** The AWS command line, with so many requests at once. */
export function aws(atOnce) {
  const open = ({ connection, directory, programs, signal }, source) => {
    const { file, args } = programs.aws;
    const config = join(directory, `aws-${atOnce}.conf`);
    writeFileSync(config, `[default]\ns3 =\n  max_concurrent_requests = ${atOnce}\n`);
    const env = { ...accessTo(connection), AWS_CONFIG_FILE: config };
    const { bucket, endpoint } = connection;
    const sync = (prefix) => [
      's3',
      'sync',
      source,
      `s3://${bucket}/${prefix}`,
      '--only-show-errors',
    ];
    return {
      run: (prefix) =>
        runCommand(file, [...args, ...sync(prefix), '--endpoint-url', endpoint], { env, signal }),
    };
  };
  return Object.assign(open, { needs: 'aws' });
}

export const s3SyncClient = (atOnce) => program('../tools/s3-sync.mjs', atOnce);

export const barePut = (atOnce) => program('../tools/bare-put.mjs', atOnce);

/** Only the reading. @param how `look`: only what the directory tells of each file. */
export function readAll(...how) {
  const open = ({ signal }, source) => ({
    run: () =>
      runCommand(process.execPath, [ours('../tools/read-all.mjs'), source, ...how], { signal }),
  });
  return Object.assign(open, { copies: false });
}

function program(path, atOnce) {
  return ({ connection, signal }, source) => {
    const { bucket, endpoint } = connection;
    const env = {
      ...accessTo(connection),
      ...QUIET,
      BENCH_ENDPOINT: endpoint,
      BENCH_BUCKET: bucket,
    };
    return {
      run: (prefix) =>
        runCommand(process.execPath, [ours(path), source, prefix, String(atOnce)], { env, signal }),
    };
  };
}

const accessTo = ({ region, credentials: { accessKeyId, secretAccessKey } }) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
});

const nameOf = (options) =>
  createHash('sha256').update(options.join(' ')).digest('hex').slice(0, 8);
