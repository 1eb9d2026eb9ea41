import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startError } from '../server/start-error.js';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { migrateAtRest } from './at-rest.js';
import { startServer } from './s3-server.js';
import { show } from './show.js';

const print = (text: string) => void process.stdout.write(text);

/** Pages are built beside this program. */
const webRoot = fileURLToPath(new URL('./web/', import.meta.url));

async function run(given: Arguments): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), 'storage-demo-'));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  process.on('exit', remove); // however it ends
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(130); // who asks twice does not wait
    stop.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.once('disconnect', () => {
    if (!stop.signal.aborted) process.kill(process.pid, 'SIGTERM'); // whoever has started it has ended
  });
  const server = await startServer(join(scratch, 's3'));
  try {
    print(`An S3 server in this process listens at ${server.address.endpoint}.\n`);
    if (given.directory === undefined)
      return await show({
        ...given,
        scratch,
        server: server.address,
        webRoot,
        stop: stop.signal,
        print,
      });
    // npm changes the working directory to the package's; INIT_CWD is where the user stands.
    const directory = resolve(process.env['INIT_CWD'] ?? process.cwd(), given.directory);
    return await migrateAtRest(directory, scratch, server.address);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 130;
  } finally {
    await server.close();
    remove();
  }
}

try {
  const { PORT } = process.env;
  const given = readArguments(process.argv.slice(2), process.stdout.isTTY === true, PORT);
  if (given.help) print(USAGE);
  else process.exitCode = await run(given);
} catch (error) {
  process.stderr.write(`${startError(error)}\n`);
  process.exitCode = 1;
}
// What a library may have left open does not keep a program from ending that is done.
process.exit();
