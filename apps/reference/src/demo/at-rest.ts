import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BUCKET, type ServerAddress } from './server-address.js';

const require = createRequire(import.meta.url);
const command = join(require.resolve('@org/storage-cli/package.json'), '..', 'bin', 'storage.mjs');

/** Runs the `storage` command as a user would. @returns its exit code. */
async function storage(args: readonly string[], server: ServerAddress): Promise<number> {
  process.stdout.write(`\n$ storage ${args.join(' ')}\n`);
  const child = spawn(process.execPath, [command, ...args], {
    stdio: 'inherit', // a Ctrl-C of the terminal reaches it, too: it finishes and tells
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    },
  });
  const end = () => child.kill('SIGTERM');
  process.once('SIGTERM', end);
  const [code] = await once(child, 'exit');
  process.off('SIGTERM', end);
  return Number(code ?? 1);
}

/** Migrates and verifies a directory to which nobody writes. @returns the exit code of what failed, else 0. */
export async function migrateAtRest(
  directory: string,
  scratch: string,
  server: ServerAddress,
): Promise<number> {
  const place = [directory, `s3://${BUCKET}/files`, '--endpoint', server.endpoint];
  const journal = join(scratch, 'journal.sqlite');
  const options = ['--region', server.region, '--journal', journal, '--accept', 'link'];
  for (const step of ['migrate', 'verify']) {
    const code = await storage([step, ...place, ...options], server);
    if (code !== 0) return code;
  }
  process.stdout.write(`
Every file under ${directory} was copied to the server with a conditional
create and compared with the checksum that the server keeps. Nothing was changed in the directory,
and the server's data are removed now.
`);
  return 0;
}
