import { fork } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from '../snippets/world.ts';

const STAGES = ['source', 'hybrid', 'migrated', 'verified', 'retired', 'cut-over'] as const;

/** How far a migration has come. */
export type Stage = (typeof STAGES)[number];

export interface Way {
  readonly source?: string;
  readonly bucket?: string;
  readonly prefix?: string;
  /** Whether STORAGE_FLEET is set for the page's scripts. Default `true`; else they set it. */
  readonly exported?: boolean;
}

/** Starts an application with one process, and brings it so far. */
export async function onTheWay(world: World, stage: Stage, way: Way = {}): Promise<void> {
  const { source = '/srv/uploads', bucket = 'my-uploads', prefix = 'files', exported = true } = way;
  await startApplication(world, { source, bucket, prefix });
  const names = `${source} s3://${prefix === '' ? bucket : `${bucket}/${prefix}`}`;
  const steps: Readonly<Record<Stage, string>> = {
    source: 'true',
    hybrid: 'storage mode prepare && storage mode hybrid',
    migrated: `storage migrate ${names}`,
    verified: `storage verify ${names} --live`,
    retired: `storage retire ${names} --yes`,
    'cut-over': `sleep 1; storage cutover ${names} --quiet 1s --yes`,
  };
  for (const each of STAGES.slice(0, STAGES.indexOf(stage) + 1)) await world.sh(steps[each]);
  if (!exported) delete world.env['STORAGE_FLEET'];
}

async function startApplication(
  world: World,
  way: Readonly<Record<'source' | 'bucket' | 'prefix', string>>,
) {
  const { source, bucket, prefix } = way;
  const { directory, env } = world;
  const program = join(directory, 'application.mjs');
  await copyFile(fileURLToPath(new URL('./application.mjs', import.meta.url)), program);
  const registry = join(directory, 'var/lib/app/fleet.sqlite');
  await world.sh('mkdir -p /var/lib/app/');
  env['STORAGE_FLEET'] = `sqlite:${registry}`;
  const args = [join(directory, source), bucket, prefix, registry];
  const child = fork(program, args, {
    cwd: directory,
    env,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  world.defer(
    () =>
      new Promise((resolve) => {
        child.once('close', resolve);
        child.kill('SIGKILL');
      }),
  );
  await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('close', () => reject(new Error('the application of the page has ended')));
  });
}
