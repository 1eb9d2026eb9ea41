#!/usr/bin/env node
// Starts Ceph's RADOS gateway from a built checkout and keeps it until Ctrl-C:
//   node scripts/ceph.mjs [--version 20|18] [--port 7481] [--memory BYTES] [--lifecycle-day SECONDS]
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const built = new URL('../packages/testkit/dist/ceph.js', import.meta.url);
if (!existsSync(fileURLToPath(built))) {
  console.error('The test kit is not built yet: run `pnpm build` first.');
  process.exit(1);
}

const { values } = parseArgs({
  options: {
    version: { type: 'string', default: '20' },
    port: { type: 'string', default: '0' },
    memory: { type: 'string' },
    'lifecycle-day': { type: 'string' },
  },
});

const { startCeph } = await import(built.href);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}

try {
  const ceph = await startCeph({
    version: Number(values.version),
    port: Number(values.port),
    signal: interrupted.signal,
    ...(values.memory ? { memoryBytes: Number(values.memory) } : {}),
    ...(values['lifecycle-day'] ? { lifecycleDaySeconds: Number(values['lifecycle-day']) } : {}),
  });
  const user = ({ accessKeyId, secretAccessKey }) =>
    `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
  console.log(`Ceph ${ceph.version} (radosgw). Ctrl-C ends it.`);
  console.log(`S3_ENDPOINT=${ceph.endpoint} AWS_REGION=${ceph.region} ${user(ceph.credentials)}`);
  console.log(`second user: ${user(ceph.secondCredentials)}`);
  const alive = setInterval(() => {}, 60_000); // the daemons alone don't keep this process
  await new Promise((resolve) => {
    if (interrupted.signal.aborted) resolve();
    interrupted.signal.addEventListener('abort', resolve);
  });
  clearInterval(alive);
  await ceph.stop();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
