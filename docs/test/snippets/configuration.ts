import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatMistake, validateConfiguration } from '../../../packages/storage/src/index.ts';
import type { Block } from './blocks.ts';
import type { World } from './world.ts';

/** What a fragment stands in, by its first key: pages show a side of a storage alone. */
const AROUND: Readonly<Record<string, readonly string[]>> = {
  target: [
    'storages:',
    '  uploads:',
    '    provider: hybrid',
    '    mode: source',
    '    source: { provider: local, root: ./var/uploads }',
  ],
  provision: ['storages:', '  uploads:', '    provider: s3', '    bucket: my-uploads'],
};

/**
 * Puts the file that a block shows into the page's directory, `config/storage.yml` where it names none, and has the parser of
 * configurations look at it. JSON that is no configuration has to be JSON.
 */
export async function checkConfiguration(
  block: Block,
  { directory, place, env }: World,
): Promise<void> {
  const code = place.localised(block.code);
  if (block.trial !== 'run') return;
  const [first = ''] = /^\w+(?=:)/m.exec(code) ?? [];
  const around = AROUND[first];
  const isWhole = /^(storages:|\s*"storages":)/m.test(code);
  if (block.language === 'json') JSON.parse(code);
  if (block.language === 'json' && !isWhole) {
    if (block.file !== undefined) await put(join(directory, block.file), code);
    return;
  }
  const file = join(directory, around ? '.fragment.yml' : (block.file ?? 'config/storage.yml'));
  await put(file, around ? [...around, code.replaceAll(/^/gm, '    ')].join('\n') : code);
  if (!around && !isWhole) return; // of a file that other blocks show: a first line, settings of another program
  const { mistakes } = await validateConfiguration({ file, env });
  if (mistakes.length > 0) throw new Error(mistakes.map(formatMistake).join('\n'));
}

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${text}\n`);
}
