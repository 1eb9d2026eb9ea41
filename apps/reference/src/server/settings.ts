import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseSize, StorageError } from '@org/storage-core';
import { z } from 'zod';

/** What the environment says. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly secret: string;
  readonly publicUrl: string;
  readonly uploads: { readonly maxBytes: number; readonly types: readonly string[] };
  /** Of `config/storage.yml`; default: its `default`, or its only one. */
  readonly storage: string | undefined;
  readonly webRoot: string | undefined;
  readonly metricsToken: string | undefined;
  readonly trustProxy: string | undefined;
  readonly logLevel: string;
  /** Is made an administrator if there is none. */
  readonly admin: { readonly email: string; readonly password: string } | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of one file. */
const MAX_SIZE = '1GiB';

const TEXT = z.string().min(1).optional();

const VARIABLES = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  DATABASE_URL: TEXT,
  SESSION_SECRET: z.string().min(32, 'has fewer than 32 bytes: openssl rand -base64 32').optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  UPLOAD_MAX_SIZE: z.string().default(MAX_SIZE),
  UPLOAD_TYPES: z.string().default(''),
  STORAGE_NAME: TEXT,
  WEB_ROOT: TEXT,
  METRICS_TOKEN: z.string().min(16).optional(),
  TRUST_PROXY: TEXT,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ADMIN_EMAIL: z.email().optional(),
  ADMIN_PASSWORD: z.string().min(10).optional(),
});

/** Of each, `NAME_FILE` may name a file that holds it. */
const SECRETS = ['SESSION_SECRET', 'METRICS_TOKEN', 'ADMIN_PASSWORD', 'DATABASE_URL'] as const;

/** What has to be said where it counts; elsewhere it is made up. */
const REQUIRED = ['DATABASE_URL', 'SESSION_SECRET', 'PUBLIC_URL'] as const;

/**
 * Reads the settings of a process from its environment. No secret is in an error.
 * @throws StorageError `InvalidArgument` with all mistakes at once.
 */
export function readSettings(env: Environment): Settings {
  const given = withFiles(env);
  const mistakes: string[] = [];
  if ((env['NODE_ENV'] ?? 'development') === 'production')
    mistakes.push(...REQUIRED.filter((name) => !given[name]).map((name) => `${name} is missing`));
  const known = Object.keys(VARIABLES.shape).map((name) => [name, given[name] || undefined]);
  const parsed = VARIABLES.safeParse(Object.fromEntries(known));
  if (!parsed.success)
    mistakes.push(
      ...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  const maxBytes = parseSize(given['UPLOAD_MAX_SIZE'] || MAX_SIZE);
  if (maxBytes === undefined) mistakes.push('UPLOAD_MAX_SIZE is no size, such as 1GiB');
  if (mistakes.length > 0 || parsed.data === undefined || maxBytes === undefined)
    throw new StorageError('InvalidArgument', `the environment is wrong: ${mistakes.join('; ')}`);
  return settingsOf(parsed.data, maxBytes);
}

function settingsOf(data: z.infer<typeof VARIABLES>, maxBytes: number): Settings {
  const { HOST: host, PORT: port, ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = data;
  return {
    host,
    port,
    database: data.DATABASE_URL ?? 'sqlite:app.sqlite',
    secret: data.SESSION_SECRET ?? randomBytes(32).toString('base64url'), // sessions end with the process
    publicUrl: data.PUBLIC_URL ?? `http://${host}:${port}`,
    uploads: {
      maxBytes,
      types: data.UPLOAD_TYPES.split(',')
        .map((type) => type.trim())
        .filter((type) => type !== ''),
    },
    storage: data.STORAGE_NAME,
    webRoot: data.WEB_ROOT,
    metricsToken: data.METRICS_TOKEN,
    trustProxy: data.TRUST_PROXY,
    logLevel: data.LOG_LEVEL,
    admin: email === undefined || password === undefined ? undefined : { email, password },
  };
}

function withFiles(env: Environment): Record<string, string | undefined> {
  const files = SECRETS.map((name): [string, string | undefined] => {
    const file = env[`${name}_FILE`];
    return [
      name,
      file === undefined ? env[name] : readFileSync(file, 'utf8').replace(/\r?\n$/, ''),
    ];
  });
  return { ...env, ...Object.fromEntries(files) };
}
