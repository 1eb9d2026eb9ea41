import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { debianRoot } from '@org/storage-testkit/debian';

const run = promisify(execFile);

/** Of a suite that has a newer rclone than systems have installed. */
const SUITE = 'sid';

/**
 * The programs of others, by name: `{ file, args, version }`, or `{ absent: why }`.
 * `rclone` is the newest that can be had, `rclone, installed` that of this system, if that is another one.
 */
export async function findPrograms(signal) {
  const [newest, installed, aws] = await Promise.all([
    newestRclone(signal),
    installedRclone(),
    installedAws(),
  ]);
  if (newest.absent === undefined && newest.version !== installed.version) {
    return { rclone: newest, 'rclone, installed': installed, aws };
  }
  const why = newest.absent ?? 'it is the newest';
  return { rclone: installed, 'rclone, installed': { absent: why }, aws };
}

async function newestRclone(signal) {
  try {
    const unpacked = (name) => /^(rclone|libc6|libc-bin)$/.test(name);
    const root = await debianRoot({ packages: ['rclone'], suite: SUITE, unpacked, signal });
    const { file, args } = root.command('usr/bin/rclone');
    return { file, args, version: await versionOf(file, [...args, 'version']) };
  } catch (error) {
    signal?.throwIfAborted();
    return { absent: `no newer rclone could be had: ${firstLine(error)}` };
  }
}

async function installedRclone() {
  try {
    return { file: 'rclone', args: [], version: await versionOf('rclone', ['version']) };
  } catch {
    return { absent: 'it is not installed' };
  }
}

async function installedAws() {
  try {
    return { file: 'aws', args: [], version: await versionOf('aws', ['--version']) };
  } catch {
    return { absent: 'it is not installed' };
  }
}

/** `rclone v1.75.2` or `aws-cli/2.9.19 Python/3.11.2`. */
async function versionOf(file, args) {
  const { stdout, stderr } = await run(file, args);
  const version = /^(?:rclone v|aws-cli\/)(\S+)/.exec(stdout.trim() || stderr.trim())?.[1];
  if (version === undefined) throw new Error(`${file} does not tell its version`);
  return version;
}

const firstLine = (error) => String(error.message).split('\n', 1)[0];
