import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ServerAddress } from './address.js';
import { migrateAtRest } from './at-rest.js';
import { migrateLive } from './live.js';

const checkout = resolve(import.meta.dirname, '..', '..', '..');
const given = process.argv[2];

const scratch = await mkdtemp(join(tmpdir(), 'storage-demo-'));
const worker = new Worker(new URL('./server.js', import.meta.url));
try {
  const [server]: [ServerAddress] = (await once(worker, 'message')) as [ServerAddress];
  process.stdout.write(`An S3 server in this process listens at ${server.endpoint}.\n`);
  // npm changes the working directory to the package's; INIT_CWD is where the user stands.
  process.exitCode =
    given === undefined
      ? await migrateLive(scratch, server)
      : await migrateAtRest(
          resolve(process.env['INIT_CWD'] ?? process.cwd(), given),
          scratch,
          server,
        );
  if (process.exitCode === 0) {
    const here = relative(process.cwd(), checkout);
    process.stdout.write(`
Try next${here === '' ? '' : `, in ${here}`}:
  npm start -- /usr/share/doc            a directory of your own, which is only read
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
