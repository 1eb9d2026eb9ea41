import {
  type $Command,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { AFTER_RESPONSE, BEFORE_SIGNING, onDate, withHeaders } from './middleware.js';

/** What goes with a request beside the parameters of its command. */
export interface RequestExtras {
  readonly signal?: AbortSignal | undefined;
  /** That the SDK has no parameters for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Is told the server's clock, from the `Date` of its answer. */
  readonly onDate?: (date: Date) => void;
}

type CommandClass<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = new (
  input: Input,
) => $Command<Input, Output, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>;

type Send<Input, Output> = (input: Input, extras: RequestExtras) => Promise<Output>;

/**
 * The requests that work with small files consists of. For each, the SDK puts its middleware together anew, which takes a
 * seventh of the CPU of a small download, and comes to the same for all requests of a command. Here it is done once for as many as
 * are under way together.
 */
export class Requests {
  readonly getObject;
  readonly headObject;
  readonly putObject;
  readonly deleteObject;
  readonly listObjects;

  /** @param settled whether the client’s middleware stays as it is, and no command gets any of its own. */
  constructor(client: S3Client, settled: boolean) {
    const sender = settled ? preparing : sendingEach;
    this.getObject = sender(client, GetObjectCommand);
    this.headObject = sender(client, HeadObjectCommand);
    this.putObject = sender(client, PutObjectCommand);
    this.deleteObject = sender(client, DeleteObjectCommand);
    this.listObjects = sender(client, ListObjectsV2Command);
  }
}

function sendingEach<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: S3Client,
  Command: CommandClass<Input, Output>,
): Send<Input, Output> {
  return (input, extras) => {
    const { signal, headers, onDate: tell } = extras;
    const command = new Command(input);
    if (headers !== undefined) command.middlewareStack.add(withHeaders(headers), BEFORE_SIGNING);
    if (tell !== undefined) command.middlewareStack.add(onDate(tell), AFTER_RESPONSE);
    return client.send(command, signal === undefined ? {} : { abortSignal: signal });
  };
}

function preparing<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: S3Client,
  Command: CommandClass<Input, Output>,
): Send<Input, Output> {
  const idle: PreparedRequest<Input, Output>[] = [];
  return async (input, extras) => {
    const request = idle.pop() ?? new PreparedRequest(client, Command, input);
    try {
      return await request.send(input, extras);
    } finally {
      idle.push(request);
    }
  };
}

/** Middleware with the context that it works on, so that no two requests at once may share it. */
class PreparedRequest<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> {
  readonly #handle: (args: { input: Input }) => Promise<{ output: Output }>;
  readonly #options: { abortSignal?: AbortSignal } = {};
  #extras: RequestExtras = {};

  constructor(client: S3Client, Command: CommandClass<Input, Output>, example: Input) {
    const command = new Command({ ...example, Body: undefined }); // the SDK keeps it
    command.middlewareStack.add((next, context) => {
      const known = context.__smithy_context;
      return (args) => {
        const { signal, headers } = this.#extras;
        // By this one, the SDK ends its wait before another attempt; by that of the options, a request.
        if (known !== undefined) {
          if (signal === undefined) delete known.abortSignal;
          else known.abortSignal = signal;
        }
        return headers === undefined ? next(args) : withHeaders(headers)(next)(args);
      };
    }, BEFORE_SIGNING);
    command.middlewareStack.add(
      onDate((date) => this.#extras.onDate?.(date)),
      AFTER_RESPONSE,
    );
    this.#handle = command.resolveMiddleware(client.middlewareStack, client.config, this.#options);
  }

  async send(input: Input, extras: RequestExtras): Promise<Output> {
    this.#extras = extras;
    if (extras.signal === undefined) delete this.#options.abortSignal;
    else this.#options.abortSignal = extras.signal;
    try {
      return (await this.#handle({ input })).output;
    } finally {
      this.#extras = {};
      delete this.#options.abortSignal;
    }
  }
}
