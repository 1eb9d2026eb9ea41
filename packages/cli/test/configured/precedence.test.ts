import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { withLiveOption } from '../../src/live-option.js';
import { onJournal, onMigration } from '../../src/on-migration.js';
import {
  acceptSettings,
  withLookOptions,
  withMigrationOptions,
  withWorkOptions,
} from '../../src/option.js';
import { paceSettings, withPaceOptions } from '../../src/pace-option.js';
import { withWorkersOption, workersSettings } from '../../src/workers-option.js';
import { temporaryDirectory } from '../fixtures.js';

import { bareEnvironment, configured } from './setting.js';

type Options = Readonly<Record<string, unknown>>;

/** What a command makes of its arguments and of a configuration. */
async function resolved(...args: readonly string[]) {
  let seen: { first: string; second: string; options: Options } | undefined;
  const endpoints = withMigrationOptions(new Command('x').exitOverride());
  const command = withWorkOptions(withWorkersOption(withPaceOptions(withLiveOption(endpoints))))
    .argument('[directory]')
    .argument('[s3-url]')
    .action(
      onMigration(
        async (first, second, options: Options) => {
          seen = { first, second, options };
        },
        (storage) => ({
          ...paceSettings(storage),
          ...workersSettings(storage),
          ...acceptSettings(storage),
        }),
      ),
    );
  await command.parseAsync([...args, '--json'], { from: 'user' });
  return seen;
}

const MIGRATION = JSON.stringify({
  ...{ journal: './configured.sqlite', disk: 'web1', concurrency: '4-32', bandwidth: '20MiB' },
  ...{ rate: 50, workers: 3, windows: ['22:00-05:30'], timezone: 'Europe/Berlin' },
  ...{ accept: ['link'], maxFailures: '5%', include: ['photos/**'] },
});

describe('what a command goes by', () => {
  it.each([
    // option, on the command line, and as a variable; what each comes to; and what is without all
    [
      'journal',
      ['--journal', '/f'],
      '/f',
      { STORAGE_JOURNAL: '/v' },
      '/v',
      'configured.sqlite',
      undefined,
    ],
    [
      'fleet',
      ['--fleet', 's3://f'],
      's3://f',
      { STORAGE_FLEET: 's3://v' },
      's3://v',
      'fleet.sqlite',
      undefined,
    ],
    ['disk', ['--disk', 'f'], 'f', { STORAGE_DISK: 'v' }, 'v', 'web1', undefined],
    ['concurrency', ['--concurrency', '7'], 7, {}, undefined, { least: 4, most: 32 }, 16],
    ['bandwidth', ['--bandwidth', '1MiB'], 1_048_576, {}, undefined, 20 * 1_048_576, undefined],
    ['rate', ['--rate', '2'], 2, {}, undefined, 50, undefined],
    ['workers', ['--workers', '2'], 2, {}, undefined, 3, 1],
    ['accept', ['--accept', 'special'], ['special'], {}, undefined, ['link'], []],
    ['timezone', ['--timezone', 'UTC'], 'UTC', {}, undefined, 'Europe/Berlin', undefined],
    [
      'window',
      ['--window', '1:00-2:00'],
      [{ from: '1:00', to: '2:00' }],
      {},
      undefined,
      [{ from: '22:00', to: '05:30' }],
      [],
    ],
    [
      'endpoint',
      ['--endpoint', 'http://f'],
      'http://f',
      {},
      undefined,
      'http://127.0.0.1',
      undefined,
    ],
    ['region', ['--region', 'f'], 'f', { AWS_REGION: 'v' }, 'us-east-1', 'us-east-1', undefined],
  ] as const)(
    'is for --%s the command line, then a variable, then the configuration, then the default',
    async (name, flags, flagged, variables, variable, fromFile, otherwise) => {
      const { config } = await configured({}, { migration: MIGRATION });
      const whole = ['--config', config] as const;
      const taken = async (...args: readonly string[]) => (await resolved(...args))?.options[name];
      const like = (value: unknown) =>
        typeof value === 'string' && value !== 'web1' ? expect.stringContaining(value) : value;
      expect(await taken(...whole)).toEqual(like(fromFile));
      for (const [key, value] of Object.entries(variables)) vi.stubEnv(key, value);
      if (variable !== undefined) expect(await taken(...whole)).toBe(variable);
      expect(await taken(...whole, ...flags)).toEqual(flagged);
      for (const key of Object.keys(variables)) vi.stubEnv(key, undefined);
      expect(await taken('/files', 's3://bucket')).toEqual(otherwise);
    },
  );

  it('is the environment that is named, else STORAGE_ENV’s', async () => {
    const { config, directory } = await configured({});
    const places = async (...args: readonly string[]) => {
      const { first, second } = (await resolved('--config', config, ...args)) ?? {};
      return [first, second];
    };
    expect(await places()).toEqual([directory, 's3://bucket/files/']);
    expect(await places('--environment', 'test')).toEqual([directory, 's3://other/files/']);
    vi.stubEnv('STORAGE_ENV', 'test');
    expect(await places()).toEqual([directory, 's3://other/files/']);
    expect(await places('--environment', 'staging')).toEqual([directory, 's3://bucket/files/']);
  });

  it('is the other direction where the roles are exchanged', async () => {
    const { config, directory } = await configured({});
    const text = await readFile(config, 'utf8');
    const exchanged = text
      .replace('source:', 'x:')
      .replace('target:', 'source:')
      .replace('x:', 'target:');
    await writeFile(config, exchanged.slice(0, exchanged.indexOf('environments:')));
    const found = await resolved('--config', config);
    expect([found?.first, found?.second]).toEqual(['s3://bucket/files/', directory]);
  });

  it('is no fleet where no process runs', async () => {
    const { config } = await configured({});
    expect((await resolved('--config', config, '--stopped'))?.options['fleet']).toBeUndefined();
  });

  it('needs no configuration for a journal that is named', async () => {
    const home = await temporaryDirectory();
    bareEnvironment(home);
    let seen: unknown;
    const command = withLookOptions(new Command('x').exitOverride()).action(
      onJournal(async (first, second, { journal }: { journal?: string }) => {
        seen = [first, second, journal];
      }),
    );
    vi.stubEnv('STORAGE_CONFIG', '/nowhere/storage.yml');
    await command.parseAsync(['--journal', '/j'], { from: 'user' });
    expect(seen).toEqual([undefined, undefined, '/j']);
    vi.stubEnv('STORAGE_JOURNAL', '/j');
    await expect(command.parseAsync([], { from: 'user' })).rejects.toThrow('/nowhere/storage.yml');
  });
});
