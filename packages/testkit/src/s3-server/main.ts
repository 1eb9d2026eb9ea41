import { parseArgs } from 'node:util';
import { randomCredentials } from './account.js';
import { FAULT_SYNTAX, parseFault } from './fault-spec.js';
import { isBucketName } from './operations/buckets.js';
import { type S3Server, type S3ServerOptions, startS3Server } from './server.js';

const HELP = `An S3 server in one process, for development and tests.

  storage-s3-server [--port 9000] [--host 127.0.0.1] [--region us-east-1]
                    [--access-key KEY --secret-key SECRET] [--data DIRECTORY]
                    [--bucket NAME]... [--fault FAULT]...

  --port        0 takes a free port; default 9000
  --host        address to listen on; default 127.0.0.1
  --region      default us-east-1
  --access-key, --secret-key
                default: a random pair
  --data        where buckets are kept; default: a temporary directory, removed at the end
  --bucket      created at the start if it is missing
  --fault       goes wrong on purpose; see below

Faults:
${FAULT_SYNTAX}
`;

export interface RunEnvironment {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Stops the server; default: SIGINT and SIGTERM do. */
  readonly signal?: AbortSignal;
}

/** Runs the command `storage-s3-server` until it is stopped; the exit code: 0, 1 (could not start) or 2 (usage). */
export async function main(
  argv: readonly string[],
  environment: RunEnvironment = {
    write: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  },
): Promise<number> {
  let command: S3ServerOptions | 'help';
  try {
    command = parseCommand(argv);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. To ')[0] : String(error);
    environment.writeError(`${reason?.replace(/\.$/, '')}. See --help.\n`);
    return 2;
  }
  if (command === 'help') {
    environment.write(HELP);
    return 0;
  }
  let server: S3Server;
  try {
    server = await startS3Server(command);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    environment.writeError(`The server could not start: ${reason}\n`);
    return 1;
  }
  environment.write(welcome(server, command));
  await stopAsked(environment.signal);
  await server.close();
  return 0;
}

function parseCommand(argv: readonly string[]): S3ServerOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    allowPositionals: false,
    options: {
      port: { type: 'string', default: '9000' },
      host: { type: 'string', default: '127.0.0.1' },
      region: { type: 'string', default: 'us-east-1' },
      'access-key': { type: 'string' },
      'secret-key': { type: 'string' },
      data: { type: 'string' },
      bucket: { type: 'string', multiple: true, default: [] },
      fault: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new SyntaxError(`--port has to be a number up to 65535, not "${values.port}".`);
  }
  const wrong = values.bucket.find((name) => !isBucketName(name));
  if (wrong !== undefined) throw new SyntaxError(`"${wrong}" can't be the name of a bucket.`);
  return {
    port,
    host: values.host,
    region: values.region,
    credentials: [credentials(values['access-key'], values['secret-key'])],
    ...(values.data === undefined ? {} : { dataDirectory: values.data }),
    buckets: values.bucket,
    faults: values.fault.map(parseFault),
  };
}

function credentials(accessKeyId: string | undefined, secretAccessKey: string | undefined) {
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  if (accessKeyId === undefined && secretAccessKey === undefined) return randomCredentials();
  throw new SyntaxError('--access-key and --secret-key have to be given together.');
}

function welcome({ endpoint, region, credentials: pair }: S3Server, options: S3ServerOptions) {
  const bucket = options.buckets?.[0] ?? 'my-bucket';
  const kept = options.dataDirectory ?? 'a temporary directory, removed at the end';
  return `S3 server
  endpoint    ${endpoint}
  region      ${region}
  access key  ${pair.accessKeyId}
  secret key  ${pair.secretAccessKey}
  data        ${kept}

Try:
  AWS_ACCESS_KEY_ID=${pair.accessKeyId} AWS_SECRET_ACCESS_KEY=${pair.secretAccessKey} AWS_REGION=${region} \\
    aws --endpoint-url ${endpoint} s3 ls s3://${bucket}
`;
}

async function stopAsked(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal) {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
      return;
    }
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
