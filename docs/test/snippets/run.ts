import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Page } from '../pages.ts';
import { type Block, blocksOf } from './blocks.ts';
import { checkConfiguration } from './configuration.ts';
import { expectedOf, isWritten } from './expected.ts';
import { givenOf, type Module, modulesOf, slug, transpiled } from './modules.ts';
import { runScript, startScript } from './script.ts';
import { type World, withWorld } from './world.ts';

/** Tries out a page: all its blocks, in their order, in a world of its own. Rejects with the first that fails, and its line. */
export async function runPage(page: Page): Promise<void> {
  await withWorld(page, async (world) => {
    const modules = modulesOf(page);
    await putModules(page, modules, world);
    using process = new PageProcess(world);
    for (const block of blocksOf(page)) {
      try {
        await runBlock(block, modules, process, world);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`${page.path}:${block.line}: ${world.place.asInPage(message)}`, {
          cause: error,
        });
      }
    }
  });
}

async function runBlock(
  block: Block,
  modules: readonly Module[],
  process: PageProcess,
  world: World,
): Promise<void> {
  const { directory, env, place } = world;
  const module = modules.find(({ line }) => line === block.line);
  if (module) {
    if (module.runs && module.file === undefined) await process.run(module);
    return;
  }
  if (block.language === 'yaml' || block.language === 'json') {
    await checkConfiguration(block, world);
  } else if (/^(sh|bash)$/.test(block.language) && block.trial === 'run') {
    const { exits, until, stays } = block;
    const script = { directory, env, script: place.localised(block.code), exits, until };
    if (stays === undefined) await runScript(script);
    else world.defer(await startScript(script, stays));
  }
}

/** Those with a name are files that others import or start; the others run when it is their turn. */
async function putModules(page: Page, modules: readonly Module[], { directory, place }: World) {
  const given = givenOf(page.path);
  if (existsSync(given)) {
    const code = place.localised(readFileSync(given, 'utf8'));
    await writeFile(join(directory, `${slug(page.path)}.js`), transpiled(code));
  }
  for (const module of modules) {
    const file = join(directory, fileOf(module));
    await mkdir(dirname(file), { recursive: true });
    const code = transpiled(place.localised(module.code));
    await writeFile(
      file,
      code.replace(
        `'./${slug(page.path)}.js'`,
        `'${pathToFileURL(join(directory, `${slug(page.path)}.js`))}'`,
      ),
    );
  }
}

function fileOf({ file, line }: Module): string {
  return file === undefined ? `block-${line}.js` : file.replace(/\.(m?)ts$/, '.$1js');
}

interface Answer {
  readonly ready?: boolean;
  readonly written?: string;
  readonly error?: string;
}

class PageProcess {
  readonly #world: World;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(world: World) {
    this.#world = world;
  }

  async run(module: Module): Promise<void> {
    const child = this.#child ?? (await this.#start());
    const answer = this.#answer(child);
    child.send(pathToFileURL(join(this.#world.directory, fileOf(module))).href);
    const { written = '', error } = await answer;
    if (error !== undefined) throw new Error(`${error}\n${written}`);
    for (const expected of expectedOf(module.code))
      if (!isWritten(expected, written))
        throw new Error(`does not write\n  ${expected}\nbut\n  ${written}`);
  }

  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
  }

  async #start(): Promise<ChildProcess> {
    const { directory, env } = this.#world;
    const program = fileURLToPath(new URL('./page-process.mjs', import.meta.url));
    const child = fork(program, {
      cwd: directory,
      env,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.on('data', (chunk) => (this.#log += chunk));
    child.stderr?.on('data', (chunk) => (this.#log += chunk));
    this.#child = child;
    await this.#answer(child);
    return child;
  }

  #answer(child: ChildProcess): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        child.removeAllListeners('message').removeListener('close', ended);
      };
      const ended = () => {
        end();
        reject(new Error(`the process has ended:\n${this.#log}`));
      };
      const late = () => {
        end();
        reject(new Error(`has not ended within a minute:\n${this.#log}`));
      };
      const timer = setTimeout(late, 60_000);
      child.once('close', ended);
      child.once('message', (answer: Answer) => {
        end();
        resolve(answer);
      });
    });
  }
}
