import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BUCKET = 'bench';

/** The S3 server in a process of its own, so that its work is not counted as the client's. */
export async function startServer() {
  const program = fileURLToPath(new URL('server-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, BUCKET], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const [connection] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`the S3 server ended with ${code}`);
    }),
  ]);
  return {
    connection: { ...connection, bucket: BUCKET },
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}
