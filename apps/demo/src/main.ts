import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ServerAddress } from './server.js';

const BUCKET = 'demo';

const require = createRequire(import.meta.url);
const command = join(require.resolve('@org/storage-cli/package.json'), '..', 'bin', 'storage.mjs');
const checkout = resolve(import.meta.dirname, '..', '..', '..');
// npm changes the working directory to the package's; INIT_CWD is where the user stands.
const given = process.argv[2];
const directory =
  given === undefined
    ? join(checkout, 'node_modules', '.pnpm')
    : resolve(process.env['INIT_CWD'] ?? process.cwd(), given);

/** Runs the `storage` command as a user would. @returns its exit code. */
async function storage(args: readonly string[], server: ServerAddress): Promise<number> {
  process.stdout.write(`\n$ storage ${args.join(' ')}\n`);
  const child = spawn(process.execPath, [command, ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    },
  });
  process.once('SIGINT', () => {}); // the child gets it too, finishes and tells
  const [code] = await once(child, 'exit');
  return Number(code ?? 1);
}

const scratch = await mkdtemp(join(tmpdir(), 'storage-demo-'));
const worker = new Worker(new URL('./server.js', import.meta.url), { workerData: BUCKET });
try {
  const [server]: [ServerAddress] = (await once(worker, 'message')) as [ServerAddress];
  process.stdout.write(`An S3 server in this process listens at ${server.endpoint}.\n`);
  const journal = join(scratch, 'journal.sqlite');
  const place = [directory, `s3://${BUCKET}/files`, '--endpoint', server.endpoint];
  const options = ['--region', server.region, '--journal', journal, '--accept', 'link'];
  const steps = [
    ['migrate', ...place, ...options],
    ['verify', ...place, ...options],
  ];
  for (const step of steps) {
    process.exitCode = await storage(step, server);
    if (process.exitCode !== 0) break;
  }
  if (process.exitCode === 0) {
    const here = relative(process.cwd(), checkout);
    process.stdout.write(`
Every file under ${directory} was copied to the server with a conditional
create and compared with the checksum that the server keeps. Nothing was changed in the directory,
and the server's data are removed now.

Try next${here === '' ? '' : `, in ${here}`}:
  npm start -- /usr/share/doc            another directory
  npm run s3 -- --port 9000 --bucket demo --data /tmp/s3
                                         the same server by hand; it prints its keys
  npx storage migrate DIR s3://demo/files --endpoint http://127.0.0.1:9000
                                         stop it with Ctrl-C or kill -9 and run it again
  npx storage --help
`);
  }
} finally {
  worker.postMessage('close');
  await once(worker, 'exit');
  await rm(scratch, { recursive: true, force: true });
}
