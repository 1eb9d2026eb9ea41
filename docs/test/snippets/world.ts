import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, extname, join } from 'node:path';
import { type S3Server, startS3Server } from '../../../packages/testkit/src/s3-server/index.ts';
import { type Page, ROOT } from '../pages.ts';
import { blocksOf } from './blocks.ts';
import { givenOf, modulesOf, slug } from './modules.ts';
import { Place, pathsIn } from './place.ts';
import { dependents, packageOf } from './program.ts';
import { runScript } from './script.ts';

/** Where a page's examples are tried out. */
export interface World {
  /** In place of the root of a machine, and the working directory. */
  readonly directory: string;
  readonly server: S3Server;
  readonly place: Place;
  /** Of processes; a page's own world may add to it. */
  readonly env: Record<string, string>;
  /** Runs a script as the page's are run; rejects unless it ends with 0. Resolves to what it has written. */
  sh(script: string): Promise<string>;
  /** Has something be closed when the page has ended, the last one first. */
  defer(close: () => Promise<unknown>): void;
}

/** A page's own world: prepares it, and may give what is to be looked at when the page has ended. */
export type MakeWorld = (world: World) => Promise<void | (() => Promise<void>)>;

const SAMPLES: Readonly<Record<string, string>> = {
  'a.txt': 'The first file',
  'invoices/2026/1.pdf': '%PDF-1.7 an invoice',
  'pictures/ship.jpg': 'a picture of a ship',
};

/** Not just now, which a plan would tell. */
const LAST_WRITTEN = new Date('2026-01-02T03:04:05Z');

const REGION = 'eu-central-1';

/** Makes a page's world, and removes it with all that was deferred when `use` has ended. */
export async function withWorld(page: Page, use: (world: World) => Promise<void>): Promise<void> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'storage-docs-')));
  const closing: (() => Promise<unknown>)[] = [
    () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  ];
  try {
    const blocks = blocksOf(page);
    const given = existsSync(givenOf(page.path)) ? [readFileSync(givenOf(page.path), 'utf8')] : [];
    const texts = [...blocks.map(({ code }) => code), ...given];
    const place = await Place.for(directory, texts);
    const server = await startS3Server({ buckets: bucketsIn(texts), region: REGION });
    closing.push(() => server.close());
    const env = { ...environment(directory, server), ...variablesIn(texts, server) };
    await layOut(texts, place, server);
    for (const name of importedBy([...modulesOf(page).map(({ code }) => code), ...given]))
      await install(name, directory);
    place.replace('AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…', ''); // the world has them
    const world: World = {
      directory,
      server,
      place,
      env,
      sh: (script) =>
        runScript({ directory, env, script: place.localised(script), exports: false }),
      defer: (close) => closing.push(close),
    };
    const own = join(ROOT, 'docs/test/worlds', `${slug(page.path)}.ts`);
    const make: MakeWorld | undefined = existsSync(own) ? (await import(own)).default : undefined;
    const look = await make?.(world);
    await use(world);
    await look?.();
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function environment(
  directory: string,
  { endpoint, credentials }: S3Server,
): Record<string, string> {
  return {
    PATH: [join(directory, 'node_modules/.bin'), dirname(process.execPath), ...systemPath()].join(
      delimiter,
    ),
    HOME: directory,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    npm_config_offline: 'true', // what is not installed is not fetched, either
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** The variables of configurations: `${NAME}`. Keys and secrets are those of the server. */
function variablesIn(texts: readonly string[], { credentials }: S3Server): Record<string, string> {
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name),
  );
  const standIn = (name: string) => {
    if (/SECRET/.test(name)) return credentials.secretAccessKey;
    return /KEY/.test(name) ? credentials.accessKeyId : name.toLowerCase();
  };
  return Object.fromEntries(
    names.filter((name) => /^[A-Z\d_]+$/.test(name)).map((name) => [name, standIn(name)]),
  );
}

/** Without the tools of this repository, which `npx` puts there. */
function systemPath(): readonly string[] {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((each) => !each.includes('node_modules'));
}

/** The directories that the texts name, with files in those of users, and the command. */
async function layOut(
  texts: readonly string[],
  place: Place,
  { credentials }: S3Server,
): Promise<void> {
  const { directory } = place;
  for (const path of texts.flatMap(pathsIn)) {
    const local = join(directory, path);
    const isSecret = path.startsWith('/run/secrets/');
    await mkdir(isSecret || extname(path) !== '' ? dirname(local) : local, { recursive: true });
    if (isSecret) await writeFile(local, credentials.secretAccessKey, { mode: 0o600 });
    else if (/\/(uploads|files)$/.test(path)) await fill(local);
  }
  for (const [, path = ''] of texts.flatMap((text) => [...text.matchAll(/root: (\.\/[\w./-]+)/g)]))
    await fill(join(directory, path));
  const bin = join(directory, 'node_modules/.bin');
  await mkdir(bin, { recursive: true });
  await symlink(join(ROOT, 'packages/cli/bin/storage.mjs'), join(bin, 'storage'));
  await symlink(
    join(ROOT, 'packages/testkit/bin/storage-s3-server.mjs'),
    join(bin, 'storage-s3-server'),
  );
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }\n');
}

async function fill(directory: string): Promise<void> {
  for (const [name, content] of Object.entries(SAMPLES)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
    await utimes(join(directory, name), LAST_WRITTEN, LAST_WRITTEN);
  }
}

function bucketsIn(texts: readonly string[]): readonly string[] {
  const named = texts.flatMap((text) => [
    ...text.matchAll(/s3:\/\/([a-z0-9][a-z0-9.-]+)|\bbucket(?::| =) ['"]?([a-z0-9][a-z0-9-]+)\b/g),
  ]);
  return [...new Set(named.map(([, url, setting]) => url ?? setting ?? ''))];
}

/** All packages of this workspace, which configurations load by name, and what else is imported. */
function importedBy(texts: readonly string[]): readonly string[] {
  const named = texts.flatMap((text) =>
    [...text.matchAll(/\bfrom '([^'./][^']*)'|\bimport\('([^'./][^']*)'\)/g)].map(
      ([, from, dynamic]) => packageOf(from ?? dynamic ?? ''),
    ),
  );
  const own = [
    'core',
    'layers',
    'local',
    's3',
    'hybrid',
    'migration',
    'http',
    'metrics',
    'testkit',
  ];
  const all = ['@org/storage', ...own.map((name) => `@org/storage-${name}`), 'pg', ...named];
  return [...new Set(all)].filter((name) => !name.startsWith('node:'));
}

async function install(name: string, directory: string): Promise<void> {
  const [, short = 'storage'] = /^@org\/storage(?:-(\w+))?$/.exec(name) ?? [];
  const [dependent] = dependents(name);
  const installed = name.startsWith('@org/')
    ? join(ROOT, 'packages', short)
    : dependent && join(dependent, 'node_modules', name);
  if (installed === undefined) return; // Node tells, if it is imported
  const link = join(directory, 'node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(await realpath(installed), link);
}
