import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from '../snippets/world.ts';
import type { Way } from './on-the-way.ts';

/** The configuration of an application that moves a directory to a bucket, where a page has it from another one. */
export async function configured({ directory, place }: World, way: Way = {}): Promise<void> {
  const { source = '/srv/uploads', bucket = 'my-uploads', prefix = 'files' } = way;
  const target = `provider: s3, bucket: ${bucket}${prefix && `, prefix: ${prefix}`}, region: eu-central-1`;
  const lines = [
    'storages:',
    '  uploads:',
    '    provider: hybrid',
    '    mode: source',
    `    source: { provider: local, root: ${source} }`,
    `    target: { ${target}, provision: {} }`,
    "    fleet: { registry: 'sqlite:/var/lib/app/fleet.sqlite' }",
  ];
  await mkdir(join(directory, 'config'), { recursive: true });
  await writeFile(join(directory, 'config/storage.yml'), place.localised(lines.join('\n')));
}
