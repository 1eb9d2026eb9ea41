// The API reference: what the packages export, by their comments. Written to reference/api, which git does not keep.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packages = new URL('../packages/', import.meta.url);

/** `packages/s3/src/provision/index.ts` for each sub-path that a package exports. */
const entryPoints = readdirSync(packages).flatMap((name) => {
  const { exports = {} } = JSON.parse(
    readFileSync(new URL(`${name}/package.json`, packages), 'utf8'),
  );
  return Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => fileURLToPath(new URL(`${name}/src/${path}/index.ts`, packages)));
});

/** Modules are called as they are imported: `@org/storage-s3/provision`. */
function asImported(app) {
  app.converter.on('resolveEnd', ({ project }) => {
    for (const module of project.children ?? []) {
      const [name, path] = module.name.split(/\/src\/?/);
      const packageName = name === 'storage' ? '@org/storage' : `@org/storage-${name}`;
      module.name = path ? `${packageName}/${path}` : packageName;
    }
  });
}

export default {
  entryPoints,
  tsconfig: fileURLToPath(new URL('typedoc.tsconfig.json', import.meta.url)),
  plugin: ['typedoc-plugin-markdown', asImported],
  out: fileURLToPath(new URL('reference/api', import.meta.url)),
  basePath: fileURLToPath(packages),
  displayBasePath: fileURLToPath(packages),
  name: 'API reference',
  readme: 'none',
  router: 'module',
  entryFileName: 'index',
  cleanOutputDir: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  githubPages: false,
  disableSources: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  expandObjects: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  treatWarningsAsErrors: true,
  logLevel: 'Info',
};
