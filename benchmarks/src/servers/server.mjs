import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BUCKET = 'bench';

const PROGRAM = fileURLToPath(new URL('process.mjs', import.meta.url));

/** What `--server` takes, and what the pages call it. */
export const SERVERS = {
  process: 'the strict S3 server in process',
  ceph: 'Ceph 20 with its objects in memory',
  sink: 'a sink, which counts what comes and keeps nothing',
};

/** @param kind of {@link SERVERS}: in a process of its own, so that its work is not counted as the client's. */
export async function startServer(kind = 'process') {
  const server = await start([kind, BUCKET]);
  const { version, ...connection } = server.told;
  return {
    ...(version === undefined ? {} : { version }),
    connection: { ...connection, bucket: BUCKET },
    stop: server.stop,
  };
}

/**
 * A network before a server, also in a process of its own.
 * @param network `delay`: ms for each request; `limit`: how many requests at once are served, the others are answered with 503 SlowDown.
 */
export async function startNetwork(connection, { delay, limit }) {
  const faults = [
    ...(limit === undefined
      ? []
      : [{ type: 'error', code: 'SlowDown', status: 503, probability: 1, above: limit }]),
    { type: 'delay', milliseconds: delay, probability: 1 },
  ];
  const proxy = await start(['proxy', connection.endpoint, JSON.stringify(faults)]);
  return { connection: { ...connection, endpoint: proxy.told.endpoint }, stop: proxy.stop };
}

async function start(args) {
  const child = spawn(process.execPath, ['--max-old-space-size=8192', PROGRAM, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  const ended = once(child, 'exit');
  const [told] = await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`the server ${args[0]} ended with ${code}`);
    }),
  ]);
  return {
    told,
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
