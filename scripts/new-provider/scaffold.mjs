import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, root } from '../run.mjs';
import { configurationFiles } from './configuration-files.mjs';

/** Nothing was made, for the reason that the message tells. */
export class ScaffoldRefused extends Error {}

const TEMPLATE = fileURLToPath(new URL('template', import.meta.url));
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const BUILT_IN = ['local', 's3', 'memory', 'hybrid']; // configurations know these names already
const MAX_NAME = 100; // npm allows 214 for the whole name of a package

/**
 * Makes a provider package.
 * @param name of the provider: lower case, digits and single hyphens.
 * @param outside absolute path of a folder outside of the repository, for a package of its own. Default: `packages/NAME`.
 * @returns the folder, and the commands that come next.
 * @throws ScaffoldRefused for a bad name, or a folder that exists. Nothing was made.
 */
export async function scaffold(name, outside) {
  checkName(name);
  if (outside !== undefined && !isOutside(outside))
    throw new ScaffoldRefused(
      `${outside} is in this repository: without --dir, packages/${name} is made`,
    );
  const directory = outside ?? join(root, 'packages', name);
  if (existsSync(directory))
    throw new ScaffoldRefused(
      `${directory} exists already: choose another ${outside ? 'folder' : 'name'}, or remove it`,
    );
  const inside = outside === undefined;
  const about = { name, packageName: inside ? `@org/storage-${name}` : `storage-${name}`, inside };
  const files = { ...(await templateFiles(about)), ...(await configurationFiles(about)) };
  await mkdir(dirname(directory), { recursive: true });
  await mkdir(directory); // fails for a folder that another process has made meanwhile
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  if (!inside) return { directory, next: [`cd ${directory}`, 'npm install', 'npm test'] };
  const formatted = attempt('biome', ['check', '--write', '--log-level=error', `packages/${name}`]);
  const format = formatted === 0 ? [] : ['npm run setup', 'npm run format'];
  return {
    directory,
    next: [...format, 'npm exec pnpm install', `npm test -- packages/${name}/`],
  };
}

function checkName(name) {
  if (!NAME.test(name) || name.length > MAX_NAME)
    throw new ScaffoldRefused(
      `"${name}" is no name for a provider: up to ${MAX_NAME} lower-case letters, digits and single hyphens, a letter first`,
    );
  if (BUILT_IN.includes(name))
    throw new ScaffoldRefused(`a provider "${name}" is built in: choose another name`);
}

function isOutside(path) {
  const way = relative(root, path);
  return way.startsWith('..') || isAbsolute(way); // absolute: on another drive
}

async function templateFiles({ name, packageName, inside }) {
  const words = name.split('-').map((word) => word[0].toUpperCase() + word.slice(1));
  const test = inside ? `npm test -- packages/${name}/` : 'npm test';
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const text = (await readFile(path, 'utf8'))
      .replaceAll('__PACKAGE__', packageName)
      .replaceAll('__NAME__', name)
      .replaceAll('__TEST__', test)
      .replaceAll("'example'", `'${name}'`)
      .replaceAll('`example`', `\`${name}\``)
      .replace(/\bExample(?=Stor)/g, words.join(''));
    return [relative(TEMPLATE, path), text];
  });
  return Object.fromEntries(await Promise.all(texts));
}
