import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Storage, temporaryDirectory, writeFiles } from './fixtures.js';

const CORE = pathToFileURL(join(import.meta.dirname, '../../core/dist/index.js')).href;
const STORAGE = pathToFileURL(join(import.meta.dirname, '../../storage/dist/index.js')).href;

/** A package with a provider whose settings are checked. */
const ATTIC = `
import { MemoryStorageProvider } from '${CORE}';
import { defineProvider } from '${STORAGE}';
import { closed } from './closed.js';

class Attic extends MemoryStorageProvider {
  constructor({ shelf, well, conditions }, name) {
    super({ name });
    this.shelf = shelf;
    this.well = well;
    if (conditions === false)
      this.capabilities = { ...this.capabilities, conditionalCreate: 'absent' };
  }
  async checkHealth() {
    return { healthy: this.well !== false, latency: 1.5, error: { message: 'the hatch is shut' } };
  }
  async close() {
    closed(this.name);
  }
}

export const providers = {
  attic: defineProvider({
    settings(given) {
      if (typeof given.shelf !== 'string') throw new Error('shelf is missing');
      return given;
    },
    create: (settings, { name }) => new Attic(settings, name),
  }),
};
`;
const CLOSED = `export const closed = (name) => process.stderr.write('closed ' + name + '\\n');\n`;
const PACKAGE = JSON.stringify({
  name: 'attic',
  type: 'module',
  exports: { import: './attic.js' },
});

const hybrid = (target: string) => `plugins: [attic]
storages:
  files:
    provider: hybrid
    mode: source
    source: { provider: local, root: ./files, createRoot: true }
    target: { provider: attic, ${target} }
`;

async function configured(yaml: string, files: Readonly<Record<string, string>> = {}) {
  const home = await temporaryDirectory();
  await writeFiles(home, {
    'config/storage.yml': yaml,
    'node_modules/attic/package.json': PACKAGE,
    'node_modules/attic/attic.js': ATTIC,
    'node_modules/attic/closed.js': CLOSED,
    ...files,
  });
  const config = join(home, 'config/storage.yml');
  const command = new Storage(home, {});
  const by = (...args: readonly string[]) => command.run(...args, '--config', config);
  return { by, command, config };
}

describe('the command takes a third party’s provider from the module that the configuration names', () => {
  it('config validate and config show', async () => {
    const { by } = await configured(hybrid('shelf: left'));
    expect(await by('config', 'validate')).toMatchObject({
      code: 0,
      stdout: '0 mistakes, 0 warnings, in development\n',
    });
    const { code, stdout } = await by('config', 'show');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^storages\.files\.target\.provider: attic {2}# .*storage\.yml:7$/m);
    expect(stdout).toMatch(/^storages\.files\.target\.shelf: "\[redacted\]" {2}#/m);
    expect(stdout).toMatch(/^plugins\[0\]: attic {2}# .*storage\.yml:1$/m);
  });

  it('config schema', async () => {
    const { by, command } = await configured(hybrid('shelf: left'));
    const { code, stdout } = await by('config', 'schema');
    expect(code).toBe(0);
    expect(stdout).toContain('"const": "attic"');
    expect((await command.run('config', 'schema')).stdout).not.toContain('attic');
    const named = await command.run('config', 'schema', '--accept', 'cellar');
    expect(named.stdout).toContain('"const": "cellar"');
  });

  it('doctor, which opens it, and closes it', async () => {
    const { by } = await configured(hybrid('shelf: left'));
    const { code, stdout, stderr } = await by('doctor');
    expect(stdout).toMatch(/^ok +plugins +files\.target \(attic\) answers within 1\.5 ms$/m);
    expect(stdout).toMatch(
      /files\.target can be the target of a live migration \(conditionalCreate, /,
    );
    expect(stdout).not.toContain('application’s own');
    expect(stderr).toBe('closed files.target\n');
    expect(code).toBe(0);
  });

  it('doctor, which tells what is wrong with it', async () => {
    const ill = await (await configured(hybrid('shelf: left, well: false'))).by('doctor');
    expect(ill.stdout).toMatch(
      /^FAILURE +plugins +files\.target \(attic\) is not well: the hatch is/m,
    );
    expect(ill).toMatchObject({ code: 1, stderr: 'closed files.target\n' });

    const wrong = await (await configured(hybrid('shelf: 3'))).by('doctor');
    expect(wrong.stdout).toMatch(/^FAILURE +plugins +attic can’t be opened: shelf is missing$/m);
    expect(wrong.code).toBe(1);

    const weak = hybrid('shelf: left, conditions: false');
    const early = await (await configured(weak)).by('doctor');
    expect(early.stdout).toMatch(/^WARNING +plugins +.*it lacks conditionalCreate/m);
    const late = await (await configured(weak)).by('doctor', '--mode', 'prepare');
    expect(late.stdout).toMatch(/^FAILURE +plugins +.*it lacks conditionalCreate/m);
  });

  it('doctor, of a storage of its own', async () => {
    const { by } = await configured(
      'plugins: [attic]\nstorages: { files: { provider: attic, shelf: left } }\n',
    );
    const { code, stdout } = await by('doctor');
    expect(stdout).toMatch(/^ok +plugins +files \(attic\) answers/m);
    expect(stdout).not.toContain('target');
    expect(code).toBe(0);
  });

  it('and does not run it for what goes between a directory and a bucket', async () => {
    const { by, config } = await configured(
      `${hybrid('shelf: left')}  others:
    provider: hybrid
    mode: source
    source: { provider: local, root: ./files }
    target: { provider: s3, bucket: bucket, region: us-east-1 }
`,
      {
        'node_modules/attic/attic.js': 'throw new Error("it was run")',
        'files/a': 'one',
      },
    );
    const { stderr } = await by('status', '--storage', 'others');
    expect(stderr).toContain(`storage others of ${config}`);
    expect(stderr).toContain('there is no journal');
    expect(stderr).not.toContain('it was run');
    const refused = await by('migrate', '--storage', 'files');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/goes from local to attic: this command is for local and s3/);
  });
});

describe('a module is refused, by file, line and what to do', () => {
  const at = /storage\.yml:1:11 plugins\[0\] /;
  it.each([
    [
      'that is not there',
      'plugins: [./no.mjs]',
      /names a file that does not exist: .*config\/no\.mjs/,
    ],
    [
      'that is not installed',
      'plugins: [cellar]',
      /names the package cellar, which is not installed .*: npm install cellar/,
    ],
    [
      'that exports something else',
      'plugins: [./wrong.mjs]',
      /has no export "providers", a map of/,
    ],
    [
      'that can’t be parsed',
      'plugins: [./broken.mjs]',
      /broken\.mjs, which can’t be loaded: it can’t be parsed$/m,
    ],
  ])('%s', async (_, line, says) => {
    const { by } = await configured(hybrid('shelf: left').replace('plugins: [attic]', line), {
      'config/wrong.mjs': 'export const provider = {};\n',
      'config/broken.mjs': 'hunter2 hunter2\n',
    });
    const shown = await by('config', 'show');
    const validated = await by('config', 'validate');
    const examined = await by('doctor');
    expect([shown.code, validated.code, examined.code]).toEqual([2, 2, 1]);
    for (const text of [shown.stderr, validated.stdout, examined.stdout]) {
      expect(text).toMatch(at);
      expect(text).toMatch(says);
      expect(text).not.toContain('hunter2');
    }
  });

  it('that has a provider which another one has', async () => {
    const { by } = await configured(
      hybrid('shelf: left').replace('[attic]', '[attic, ./copy.mjs]'),
      {
        'config/copy.mjs': `export { providers } from 'attic';\n`,
      },
    );
    const { code, stdout } = await by('config', 'validate');
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^mistake: .*:1:18 plugins\[1\] has a provider "attic", and so has attic: list one of the two/m,
    );
  });
});
