import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  explainConfiguration,
  loadConfiguration,
  parseConfiguration,
  redacted,
  validateConfiguration,
} from '../../src/index.js';
import { project } from './project.js';

/** A configuration with a secret at every place that there is for one. */
const all = (secret: string) => ({
  storages: {
    files: {
      provider: 'hybrid',
      mode: 'hybrid',
      source: {
        provider: 'local',
        root: '/files',
        urls: { baseUrl: 'https://example.com', keys: [{ id: 'a', secret: secret.repeat(2) }] },
      },
      target: {
        provider: 's3',
        bucket: 'b',
        credentials: { accessKeyId: 'k', secretAccessKey: secret, sessionToken: secret },
        encryption: {
          type: 'sse-c',
          key: Buffer.from(secret.padEnd(32).slice(0, 32)).toString('base64'),
        },
      },
      fleet: { registry: `postgres://user:${secret}@host/db?table=fleet&password=${secret}` },
      migration: { journal: `postgresql://user:${secret}@host/db` },
    },
    own: { provider: 'own', key: secret, deep: { keys: [secret] } },
    mine: {
      provider: 'hybrid',
      mode: 'source',
      source: { provider: 'own', key: secret },
      target: {
        provider: 'memory',
        urls: { baseUrl: 'https://example.com', keys: [{ id: 'a', secret: secret.repeat(2) }] },
      },
    },
  },
});
const providers = ['own'];
const secrets = fc.stringMatching(/^[a-zA-Z0-9]{20,40}$/).map((text) => `S${text}`);

const texts = (secret: string) => [
  secret,
  Buffer.from(secret.slice(0, 30)).toString('base64').slice(0, 30),
];

describe('a secret', () => {
  it('is in no configuration that is shown', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const configuration = parseConfiguration(all(secret), { providers });
        expect(JSON.stringify(configuration)).toContain(secret);
        const shown = inspect(redacted(configuration), { depth: 20 });
        for (const text of texts(secret)) expect(shown).not.toContain(text);
        expect(shown).toContain('postgres://user:redacted@host/db?table=fleet');
        expect(shown).toContain('/files');
      }),
      { numRuns: 20 },
    );
  });

  it('is in no error, wherever the mistake is', () => {
    const spoilt = (secret: string) => {
      const { files, own } = all(secret).storages;
      const { target } = files;
      const with_ = (changes: object) => ({ storages: { files: { ...files, ...changes }, own } });
      const { credentials } = target;
      return [
        with_({ mode: 'none' }),
        with_({ fleet: { registry: `redis://user:${secret}@host` } }),
        with_({ fleet: { registry: [secret] } }),
        with_({ migration: { journal: { url: secret } } }),
        with_({ target: { ...target, credentials: { ...credentials, secretKey: secret } } }),
        with_({ target: { ...target, credentials: { ...credentials, sessionToken: [secret] } } }),
        with_({ target: { ...target, credentials: secret } }),
        with_({ target: { ...target, encryption: { type: 'sse-c', key: secret.slice(0, 20) } } }),
        with_({ target: { ...target, encryption: { type: 'sse-c', key: 5, secret } } }),
        with_({ target: { ...target, endpoint: `https://user:${secret}@host` } }),
        with_({ target: { ...target, endpoint: `${secret}` } }),
        with_({ source: { ...files.source, urls: { baseUrl: secret, keys: [{ secret }] } } }),
        { storages: { files: { ...files, provider: secret } } },
      ];
    };
    fc.assert(
      fc.property(secrets, (secret) => {
        for (const configuration of spoilt(secret)) {
          const error = errorOf(() => parseConfiguration(configuration, { providers }));
          expect(error.mistakes.length).toBeGreaterThan(0);
          const text = inspect(error, { depth: 20 });
          for (const part of [secret, secret.slice(0, 20)]) expect(text).not.toContain(part);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is in no error of a file that can’t be read, nor in what is shown of one that can', async () => {
    const secret = 'hunter2hunter2hunter2hunter2hunter2';
    const s3 = (credentials: string) =>
      `storages:\n  files:\n    provider: s3\n    bucket: b\n    credentials:\n      accessKeyId: k\n${credentials}`;
    const broken = [
      `*${secret}`,
      `!${secret}`,
      `"${secret}`,
      `{${secret}`,
      `&${secret}`,
      `%${secret}\n  x`,
      `@${secret}`,
      `"\\${secret}"`,
    ];
    for (const text of broken) {
      const cwd = await project({ 'config/storage.yml': s3(`      secretAccessKey: ${text}\n`) });
      const error = await loadConfiguration({ cwd, env: {} }).catch((reason: unknown) => reason);
      expect(inspect(error, { depth: 20 })).not.toContain(secret);
    }
    const cwd = await project({
      'config/storage.yml': `${s3('      secretAccessKeyFile: secret\n      sessionToken: ${TOKEN}\n')}  more: { provider: hybrid, mode: source, source: { provider: memory }, target: { provider: memory }, fleet: { registryFile: place } }\n`,
      secret,
      place: `sqlite:/${secret}`,
    });
    const options = { cwd, env: { TOKEN: secret }, environment: 'test' };
    const explained = await explainConfiguration(options);
    const validated = await validateConfiguration(options);
    expect(validated.mistakes).toEqual([]);
    expect(inspect([explained, validated], { depth: 20 })).not.toContain(secret);
    const settings = new Map(explained.settings.map((setting) => [setting.path, setting]));
    expect(settings.get('storages.files.credentials.secretAccessKey')).toMatchObject({
      value: '[redacted]',
      line: 7,
    });
    expect(settings.get('storages.files.credentials.sessionToken')).toMatchObject({
      value: '[redacted]',
      variables: ['TOKEN'],
      line: 8,
    });
    expect(settings.get('storages.more.fleet.registry')).toMatchObject({ value: '[redacted]' });
  });

  it('that stands in the file itself is warned of, but not one of a module or a variable', async () => {
    const yaml = (secret: string) =>
      `storages:\n  files:\n    provider: s3\n    bucket: b\n    credentials: { accessKeyId: k, secretAccessKey: ${secret} }\n`;
    const cwd = await project({ 'a.yml': yaml('abc'), 'b.yml': yaml("'${SECRET}'") });
    const { warnings } = await validateConfiguration({ cwd, env: {}, file: 'a.yml' });
    expect(warnings).toMatchObject([
      { line: 5, path: 'storages.files.credentials.secretAccessKey' },
    ]);
    expect(warnings[0]?.message).toContain('secretAccessKeyFile');
    const env = { SECRET: 'abc' };
    expect(await validateConfiguration({ cwd, env, file: 'b.yml' })).toMatchObject({
      mistakes: [],
      warnings: [],
    });
  });
});

function errorOf(call: () => unknown): ConfigurationError {
  try {
    call();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
  }
  throw new Error('it was not refused');
}
