// npm run s3 -- --port 9000: the strict S3 server of the tests, by hand.
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--filter=@org/storage-testkit...', '--output-logs=errors-only']);
run(process.execPath, ['packages/testkit/bin/storage-s3-server.mjs', ...process.argv.slice(2)]);
