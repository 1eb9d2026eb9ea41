import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const repository = resolve(import.meta.dirname, '../../..');
const PACKED = ['core', 'hybrid', 'layers', 'local', 's3', 'testkit'];

let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'storage-consumers-'));
  await cp(resolve(import.meta.dirname, '../apps'), place, { recursive: true });
  const tarballs = Object.fromEntries(
    await Promise.all(
      PACKED.map(async (name) => {
        const tarball = join(place, 'tarballs', `${name}.tgz`);
        await pnpm(['pack', '--out', tarball], join(repository, 'packages', name));
        return [`@org/storage-${name}`, `file:${tarball}`] as const;
      }),
    ),
  );
  const { version } = require('@types/node/package.json') as { version: string };
  await writeFile(
    join(place, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      dependencies: { ...tarballs, '@types/node': version },
      pnpm: { overrides: tarballs }, // the packages depend on each other by versions that no registry has
    }),
  );
  await pnpm(['install', '--prefer-offline', '--ignore-workspace', '--lockfile=false'], place);
  await mkdir(join(place, 'root'));
}, 300_000);

afterAll(async () => {
  await rm(place, { recursive: true, force: true });
});

function pnpm(args: readonly string[], cwd: string) {
  const program = join(repository, 'node_modules/pnpm/bin/pnpm.cjs');
  return run(process.execPath, [program, ...args], { cwd });
}

async function output(app: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(place, app), join(place, 'root')]);
  return JSON.parse(stdout);
}

function typescript(project: string) {
  return run(process.execPath, [require.resolve('typescript/lib/tsc.js'), '--project', project], {
    cwd: place,
  }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
}

describe('the packed packages, installed', () => {
  test('work in an ESM application', async () => {
    expect(await output('esm.mjs')).toEqual({
      content: 'from a directory',
      deleted: true,
      copies: true,
      recognised: true,
      conditionalUpdate: 'emulated',
    });
  });

  test('work in a CommonJS application', async () => {
    expect(await output('cjs.cjs')).toEqual({
      same: true,
      contentType: 'image/png',
      recognised: true,
      conditionalUpdate: 'emulated',
    });
  });

  test('work in a TypeScript application, compiled with moduleResolution node16', async () => {
    await typescript('tsconfig.node16.json');
    expect(await output('built/typescript.mjs')).toEqual([
      'into local',
      'AccessDenied',
      'into s3',
      'AccessDenied',
    ]);
  });

  test('have types for moduleResolution bundler', async () => {
    await typescript('tsconfig.bundler.json');
  });

  test('leave the core with one dependency at most', async () => {
    const { dependencies = {} } = JSON.parse(
      await readFile(join(place, 'node_modules/@org/storage-core/package.json'), 'utf8'),
    ) as { dependencies?: Record<string, string> };
    expect(Object.keys(dependencies)).toEqual(['mime-types']);
  });

  test('hold the build, the manifest, the licence and the README, and no more', async () => {
    for (const name of PACKED) {
      const files = await readdir(join(place, 'node_modules/@org', `storage-${name}`));
      const rest = files.filter((file) => !/^(bin|node_modules)$/.test(file));
      expect(rest.sort(), name).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    }
  });
});
