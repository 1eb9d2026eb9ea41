import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../pages.ts';
import type { Module } from './modules.ts';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
  strict: true,
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
};

/** Of TypeScript's messages, those about missing types, which JavaScript has not. */
const OF_TYPES_ALONE = new Set([7005, 7006, 7031, 7034, 18046]);

/**
 * What is wrong with the modules, each with the line of its page, by one compilation of them all against the sources of the
 * packages.
 */
export function mistakesIn(modules: readonly Module[]): readonly string[] {
  const texts = new Map(modules.map(({ fileName, code }) => [fileName, code]));
  const host = ts.createCompilerHost(OPTIONS);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.getSourceFile = (name, options, onError) => {
    const text = texts.get(name);
    if (text === undefined) return getSourceFile(name, options, onError);
    return ts.createSourceFile(name, text, options, true);
  };
  const cache = ts.createModuleResolutionCache(ROOT, (name) => name, OPTIONS);
  host.resolveModuleNameLiterals = (literals, containing, redirected, options, source) =>
    literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(source, literal, options);
      const resolve = (from: string) =>
        ts.resolveModuleName(literal.text, from, options, host, cache, redirected, mode);
      const own = sourceOf(literal.text);
      if (own !== undefined)
        return {
          resolvedModule: {
            resolvedFileName: own,
            extension: '.ts',
            isExternalLibraryImport: false,
          },
        };
      const found = resolve(containing);
      if (found.resolvedModule || !containing.includes('/docs/test/')) return found;
      const places = dependents(literal.text).map((from) => resolve(join(from, 'index.ts')));
      return places.find(({ resolvedModule }) => resolvedModule) ?? found;
    });
  const program = ts.createProgram([...texts.keys()], OPTIONS, host);
  return modules.flatMap((module) => mistakesOf(module, program));
}

/** The packages and applications of this workspace that have a package installed. */
export function dependents(name: string): readonly string[] {
  const folders = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((each) => join(ROOT, folder, each)),
  );
  const wanted = packageOf(name);
  return [...folders, ROOT].filter((folder) => existsSync(join(folder, 'node_modules', wanted)));
}

/** `@tus/server/x` → `@tus/server`. */
export function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}

function sourceOf(name: string): string | undefined {
  const [, short = 'storage', path] = /^@org\/storage(?:-(\w+))?(?:\/(.+))?$/.exec(name) ?? [];
  if (!name.startsWith('@org/storage')) return undefined;
  const file = path === undefined ? 'index.ts' : `${path}/index.ts`;
  return join(ROOT, 'packages', short, 'src', file);
}

function mistakesOf(module: Module, program: ts.Program): readonly string[] {
  const source = program.getSourceFile(module.fileName);
  const found = [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ];
  const isScript = module.fileName.endsWith('.mjs');
  return found
    .filter(({ code }) => !(isScript && OF_TYPES_ALONE.has(code)))
    .map(({ messageText, start = 0, code }) => {
      const line = source?.getLineAndCharacterOfPosition(start).line ?? 0;
      const text = ts.flattenDiagnosticMessageText(messageText, ' ');
      return `${module.page}:${module.lines[line] ?? module.line}: ${text} (TS${code})`;
    });
}
