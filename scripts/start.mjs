// npm start: sets up, builds, and runs an application that moves its files to an S3 server in process while it is used.
// Without a terminal it migrates at once, and ends by itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root, run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);
const child = spawn(process.execPath, ['apps/reference/dist/main.js', ...process.argv.slice(2)], {
  cwd: root,
  // The channel breaks when this process ends, however it does: then the application ends as well.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: {
    ...process.env,
    // Of the next Node version that the SDK will need: the README tells.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  },
});
process.on('SIGINT', () => {}); // a Ctrl-C reaches the application as well, which is waited for
for (const signal of ['SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    if (child.connected) child.disconnect();
  });
const [code] = await once(child, 'exit');
process.exitCode = code ?? 1;
